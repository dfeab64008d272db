#pragma once
// What the system tells about processes, of this user at least: proc(5); sysctl(3) and libproc.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace gs::platform {

enum class Liveness { running, stopped, ended };

struct ProcessInfo {
  Liveness state = Liveness::running;  // ended: a zombie, which nobody has waited for
  pid_t parent = 0, group = 0;
  std::uint64_t start_time = 0;  // Linux: clock ticks since boot; macOS: microseconds since 1970
  std::string name;              // the program's, of which the kernel keeps 15 bytes
};

// Nothing when it is gone, or hidden from us.
std::optional<ProcessInfo> process_info(pid_t pid);

// argv; empty when it cannot be known.
std::vector<std::string> arguments_of(pid_t pid);
// A variable of the environment that it was started with; empty when it is not set or not to be
// known.
std::string variable_of(pid_t pid, std::string_view name);
// Its working directory.
std::optional<std::filesystem::path> folder_of(pid_t pid);

// The file of the program that runs here; on Linux the name ends in " (deleted)" once another was
// installed in its place. Throws std::filesystem::filesystem_error when the system does not tell.
std::filesystem::path own_program_file();
// Whether that process runs the same file.
bool runs_own_program(pid_t pid);

// Whether any process of the group runs still. Those that have ended and that nobody has waited for
// do not count, unless the system tells nothing.
bool group_runs(pid_t group);

// A name that the kernel gave to this boot; empty when it cannot be read.
std::string read_boot_id();

}  // namespace gs::platform
