#pragma once
// Time since the machine was started: nobody can set it, and it goes on while the machine sleeps.

#include <chrono>

namespace gs::platform {

// Of this boot (process_id.h, boot_id); means nothing on another host or after a restart.
using BootTime = std::chrono::nanoseconds;

BootTime boot_time();

}  // namespace gs::platform
