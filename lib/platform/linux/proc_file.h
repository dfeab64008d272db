#pragma once
// Files of proc(5), whose size is known to nobody before they are read. For this folder only.

#include <string>

namespace gs::platform {

// What one read gives, up to 4 KiB: all of the short files. Empty when it is not there, or hidden.
std::string read_short(const std::string& path);
// All of it, up to 4 MiB, in pieces as large as the kernel gives them.
std::string read_long(const std::string& path);

}  // namespace gs::platform
