#include "lib/platform/process_id.h"

#include <cerrno>
#include <csignal>

#include "lib/platform/process_info.h"

namespace gs::platform {

const std::string& boot_id() {
  static const std::string id = read_boot_id();
  return id;
}

ProcessId process_id_of(std::int64_t pid) {
  const auto number = static_cast<pid_t>(pid);
  const auto info = number == pid ? process_info(number) : std::nullopt;
  return {pid, info ? info->start_time : 0, boot_id()};
}

Liveness liveness(const ProcessId& process) {
  if (process.boot_id != boot_id()) return Liveness::ended;
  const auto pid = static_cast<pid_t>(process.pid);
  if (pid <= 0 || pid != process.pid) return Liveness::ended;
  if (kill(pid, 0) != 0 && errno == ESRCH) return Liveness::ended;
  const auto info = process_info(pid);
  if (!info) return Liveness::running;  // hidden from us, but it is there
  if (process.start_time != 0 && info->start_time != process.start_time) return Liveness::ended;
  return info->state;
}

}  // namespace gs::platform
