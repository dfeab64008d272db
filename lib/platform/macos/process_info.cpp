// sysctl(3) tells of every process, libproc of those of this user.

#include "lib/platform/process_info.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <libproc.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "lib/platform/process_arguments.h"

namespace gs::platform {

namespace fs = std::filesystem;

namespace {

Liveness state_of(const kinfo_proc& process) {
  switch (process.kp_proc.p_stat) {
    case SZOMB:
      return Liveness::ended;
    case SSTOP:
      return Liveness::stopped;
    default:
      return Liveness::running;
  }
}

// Of `kind` (KERN_PROC_PID, KERN_PROC_PGRP); nothing when the system does not tell.
std::optional<std::vector<kinfo_proc>> processes(int kind, int number) {
  std::array<int, 4> name{CTL_KERN, KERN_PROC, kind, number};
  for (std::size_t more = 16;; more *= 2) {  // others may have begun since they were counted
    std::size_t size = 0;
    if (sysctl(name.data(), name.size(), nullptr, &size, nullptr, 0) != 0) return std::nullopt;
    std::vector<kinfo_proc> found(size / sizeof(kinfo_proc) + more);
    size = found.size() * sizeof(kinfo_proc);
    if (sysctl(name.data(), name.size(), found.data(), &size, nullptr, 0) == 0) {
      found.resize(size / sizeof(kinfo_proc));
      return found;
    }
    if (errno != ENOMEM) return std::nullopt;
  }
}

// As much as a process may be started with.
std::size_t most_arguments() {
  int bytes = 0;
  std::size_t size = sizeof bytes;
  std::array<int, 2> name{CTL_KERN, KERN_ARGMAX};
  const bool told = sysctl(name.data(), name.size(), &bytes, &size, nullptr, 0) == 0;
  return told && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

std::optional<ProcessArguments> start_of(pid_t pid) {
  std::string bytes(most_arguments(), '\0');
  std::size_t size = bytes.size();
  std::array<int, 3> name{CTL_KERN, KERN_PROCARGS2, pid};
  if (sysctl(name.data(), name.size(), bytes.data(), &size, nullptr, 0) != 0) return std::nullopt;
  bytes.resize(size);
  return parse_process_arguments(bytes);
}

fs::path program_of(pid_t pid) {
  std::array<char, PROC_PIDPATHINFO_MAXSIZE> path;
  const int size = proc_pidpath(pid, path.data(), path.size());
  return size > 0 ? fs::path(std::string_view(path.data(), static_cast<std::size_t>(size)))
                  : fs::path();
}

}  // namespace

std::optional<ProcessInfo> process_info(pid_t pid) {
  const auto found = processes(KERN_PROC_PID, pid);
  if (!found || found->empty()) return std::nullopt;
  const kinfo_proc& process = found->front();
  const timeval& began = process.kp_proc.p_starttime;
  ProcessInfo info;
  info.state = state_of(process);
  info.parent = process.kp_eproc.e_ppid;
  info.group = process.kp_eproc.e_pgid;
  info.start_time = static_cast<std::uint64_t>(began.tv_sec) * 1'000'000 +
                    static_cast<std::uint64_t>(began.tv_usec);
  info.name = process.kp_proc.p_comm;
  return info;
}

std::vector<std::string> arguments_of(pid_t pid) {
  auto start = start_of(pid);
  return start ? std::move(start->arguments) : std::vector<std::string>{};
}

// Of the system's own programs the environment is not told, /usr/bin/git for one.
std::string variable_of(pid_t pid, std::string_view name) {
  const auto start = start_of(pid);
  if (!start) return {};
  for (const std::string& entry : start->environment) {
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
      return entry.substr(name.size() + 1);
  }
  return {};
}

std::optional<fs::path> folder_of(pid_t pid) {
  proc_vnodepathinfo info{};
  if (proc_pidinfo(pid, PROC_PIDVNODEPATHINFO, 0, &info, sizeof info) !=
      static_cast<int>(sizeof info))
    return std::nullopt;
  return fs::path(info.pvi_cdir.vip_path);
}

fs::path own_program_file() {
  fs::path file = program_of(getpid());
  if (file.empty())
    throw fs::filesystem_error("proc_pidpath", std::error_code(errno, std::generic_category()));
  return file;
}

bool runs_own_program(pid_t pid) {
  struct stat own {
  }, its{};
  return stat(program_of(getpid()).c_str(), &own) == 0 &&
         stat(program_of(pid).c_str(), &its) == 0 && own.st_ino == its.st_ino &&
         own.st_dev == its.st_dev;
}

bool group_runs(pid_t group) {
  if (kill(-group, 0) != 0 && errno == ESRCH) return false;
  const auto found = processes(KERN_PROC_PGRP, group);
  if (!found) return true;
  for (const kinfo_proc& process : *found) {
    if (state_of(process) != Liveness::ended) return true;
  }
  return false;
}

std::string read_boot_id() {
  std::array<char, 64> id{};
  std::size_t size = id.size() - 1;
  if (sysctlbyname("kern.bootsessionuuid", id.data(), &size, nullptr, 0) != 0) return {};
  return id.data();
}

}  // namespace gs::platform
