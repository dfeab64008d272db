#pragma once
// What macOS keeps of a process's start (sysctl KERN_PROCARGS2). For its process_info.cpp.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::platform {

struct ProcessArguments {
  std::vector<std::string> arguments, environment;
};

// The bytes: the number of arguments (an int of this machine), the program's path and some zero
// bytes, then the arguments, the variables and what else the kernel handed over, each with a zero
// byte; an empty one ends the variables. Nothing when they are not so.
std::optional<ProcessArguments> parse_process_arguments(std::string_view bytes);

}  // namespace gs::platform
