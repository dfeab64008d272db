#include "lib/platform/process_id.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <unistd.h>

#include "lib/platform/file.h"

namespace gs::platform {

namespace {

// A file of /proc, all that one read gives; nothing when it is not there.
std::optional<std::string> read_proc(const std::string& file) {
  const Descriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) return std::nullopt;
  std::array<char, 4096> buffer;
  ssize_t count = -1;
  do {
    count = read(descriptor.get(), buffer.data(), buffer.size());
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(count));
}

std::string read_boot_id() {
  std::string id = read_proc("/proc/sys/kernel/random/boot_id").value_or("");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

struct ProcessState {
  char state = '?';
  std::uint64_t start_time = 0;
};

// proc(5), /proc/PID/stat: the name in parentheses may hold anything, so count from its end.
std::optional<ProcessState> process_state(std::int64_t pid) {
  const std::optional<std::string> stat = read_proc("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat ? stat->rfind(") ") : std::string::npos;
  if (name_end == std::string::npos || name_end + 2 >= stat->size()) return std::nullopt;
  constexpr int kFieldsBetween = 19;  // from the state, field 3, to the start time, field 22
  std::size_t at = name_end + 2;
  ProcessState process;
  process.state = (*stat)[at];
  for (int i = 0; i < kFieldsBetween && at != std::string::npos; ++i) {
    at = stat->find(' ', at);
    if (at != std::string::npos) ++at;
  }
  if (at == std::string::npos) return std::nullopt;
  const auto parsed =
      std::from_chars(stat->data() + at, stat->data() + stat->size(), process.start_time);
  if (parsed.ec != std::errc()) return std::nullopt;
  return process;
}

}  // namespace

const std::string& boot_id() {
  static const std::string id = read_boot_id();
  return id;
}

ProcessId process_id_of(std::int64_t pid) {
  const auto state = process_state(pid);
  return {pid, state ? state->start_time : 0, boot_id()};
}

Liveness liveness(const ProcessId& process) {
  if (process.boot_id != boot_id()) return Liveness::ended;
  const auto pid = static_cast<pid_t>(process.pid);
  if (pid <= 0 || pid != process.pid) return Liveness::ended;
  if (kill(pid, 0) != 0 && errno == ESRCH) return Liveness::ended;
  const auto state = process_state(process.pid);
  if (!state) return Liveness::running;  // its files are hidden from us, but it is there
  if (process.start_time != 0 && state->start_time != process.start_time) return Liveness::ended;
  if (state->state == 'Z' || state->state == 'X') return Liveness::ended;
  return state->state == 'T' || state->state == 't' ? Liveness::stopped : Liveness::running;
}

}  // namespace gs::platform
