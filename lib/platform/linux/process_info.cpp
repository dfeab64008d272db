// proc(5).

#include "lib/platform/process_info.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <dirent.h>
#include <memory>
#include <sys/stat.h>

#include "lib/platform/linux/proc_file.h"

namespace gs::platform {

namespace fs = std::filesystem;

namespace {

std::string proc(std::string_view process, const char* file) {
  return std::string("/proc/").append(process).append("/").append(file);
}

// Texts that each end with a zero byte.
std::vector<std::string> texts_in(std::string_view bytes) {
  std::vector<std::string> texts;
  while (!bytes.empty()) {
    const std::string_view text = bytes.substr(0, bytes.find('\0'));
    texts.emplace_back(text);
    bytes.remove_prefix(std::min(text.size() + 1, bytes.size()));
  }
  return texts;
}

Liveness state_of(char letter) {
  switch (letter) {
    case 'Z':
    case 'X':
      return Liveness::ended;
    case 'T':
    case 't':
      return Liveness::stopped;
    default:
      return Liveness::running;
  }
}

// Takes the next number, with the space before it.
template <class T>
bool take_number(std::string_view& text, T& number) {
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return read.ec == std::errc();
}

// "PID (NAME) STATE PARENT GROUP …": the name may hold anything, so count from its end.
std::optional<ProcessInfo> parse_stat(std::string_view stat) {
  const std::size_t name_begin = stat.find('('), name_end = stat.rfind(") ");
  if (name_begin == stat.npos || name_end == stat.npos || name_end + 2 >= stat.size())
    return std::nullopt;
  ProcessInfo process;
  process.name = stat.substr(name_begin + 1, name_end - name_begin - 1);
  process.state = state_of(stat[name_end + 2]);
  std::string_view rest = stat.substr(name_end + 3);
  if (!take_number(rest, process.parent) || !take_number(rest, process.group)) return std::nullopt;
  constexpr int kFieldsBetween = 16;  // from the group, field 5, to the start time, field 22
  std::int64_t other = 0;
  for (int i = 0; i < kFieldsBetween; ++i) {
    if (!take_number(rest, other)) return std::nullopt;
  }
  return take_number(rest, process.start_time) ? std::optional(process) : std::nullopt;
}

// Of the first thread, which says the same: a program that qemu runs gets its own process's file
// made up, with another start time than everybody else reads.
std::optional<ProcessInfo> info_of(std::string_view pid) {
  return parse_stat(read_short(proc(pid, "task/").append(pid).append("/stat")));
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

std::optional<ProcessInfo> process_info(pid_t pid) {
  return info_of(std::to_string(pid));
}

std::vector<std::string> arguments_of(pid_t pid) {
  return texts_in(read_long(proc(std::to_string(pid), "cmdline")));
}

std::string variable_of(pid_t pid, std::string_view name) {
  for (const std::string& entry : texts_in(read_long(proc(std::to_string(pid), "environ")))) {
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
      return entry.substr(name.size() + 1);
  }
  return {};
}

std::optional<fs::path> folder_of(pid_t pid) {
  std::error_code hidden;
  fs::path folder = fs::read_symlink(proc(std::to_string(pid), "cwd"), hidden);
  return hidden ? std::nullopt : std::optional(std::move(folder));
}

fs::path own_program_file() {
  return fs::read_symlink("/proc/self/exe");
}

bool runs_own_program(pid_t pid) {
  struct stat own {
  }, its{};
  return stat("/proc/self/exe", &own) == 0 &&
         stat(proc(std::to_string(pid), "exe").c_str(), &its) == 0 && own.st_ino == its.st_ino &&
         own.st_dev == its.st_dev;
}

bool group_runs(pid_t group) {
  if (kill(-group, 0) != 0 && errno == ESRCH) return false;
  const std::unique_ptr<DIR, CloseFolder> all(opendir("/proc"));
  bool any = false;
  while (const dirent* entry = all ? readdir(all.get()) : nullptr) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    any = true;
    const auto process = info_of(entry->d_name);
    if (process && process->group == group && process->state != Liveness::ended) return true;
  }
  return !any;
}

std::string read_boot_id() {
  std::string id = read_short("/proc/sys/kernel/random/boot_id");
  while (id.ends_with('\n')) id.pop_back();
  return id;
}

}  // namespace gs::platform
