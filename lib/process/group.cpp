#include "lib/process/group.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>

#include "lib/platform/descriptor.h"

namespace gs::process {

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// "PID (name) STATE PARENT GROUP …": the name may hold anything, so count from its end.
bool runs_in(const char* pid, pid_t group) {
  const platform::Descriptor file(
      open(("/proc/" + std::string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> buffer;
  const ssize_t count = file ? read(file.get(), buffer.data(), buffer.size() - 1) : -1;
  if (count <= 0) return false;  // gone by now
  const std::string stat(buffer.data(), static_cast<std::size_t>(count));
  const std::size_t name_end = stat.rfind(") ");
  char state = '?';
  int parent = 0, its = 0;
  if (name_end == std::string::npos ||
      std::sscanf(stat.c_str() + name_end + 2, "%c %d %d", &state, &parent, &its) != 3) {
    return false;
  }
  return its == group && state != 'Z' && state != 'X';
}

}  // namespace

bool group_runs(pid_t group) {
  if (kill(-group, 0) != 0 && errno == ESRCH) return false;
  const std::unique_ptr<DIR, CloseFolder> all(opendir("/proc"));
  bool any = false;
  while (const dirent* entry = all ? readdir(all.get()) : nullptr) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    any = true;
    if (runs_in(entry->d_name, group)) return true;
  }
  return !any;
}

}  // namespace gs::process
