#include "analyzers/held.h"

#include "lib/core/ids.h"
#include "lib/core/text.h"

namespace gs::analyzers {

const core::Lock* held_by_other(const core::LockTable& locks, std::string_view path,
                                std::string_view holder, core::Instant now, bool ignore_case) {
  const core::Lock* longest = nullptr;
  for (const core::Lock& lock : locks) {
    if (!lock.live(now) || core::same_holder(lock.agent, holder)) continue;
    if (longest != nullptr && lock.expires <= longest->expires) continue;
    if (core::covers(lock, path, ignore_case)) longest = &lock;
  }
  return longest;
}

bool held_by(const core::LockTable& locks, std::string_view path, std::string_view holder,
             core::Instant now, bool ignore_case) {
  for (const core::Lock& lock : locks) {
    if (lock.live(now) && core::same_holder(lock.agent, holder) &&
        core::covers(lock, path, ignore_case))
      return true;
  }
  return false;
}

std::string describe_hold(const core::Lock& lock, core::Instant now, core::OffsetAt local) {
  std::string text = "held by " + core::printable(lock.agent) + " until " +
                     core::format_local(lock.expires, now, local) + " (" +
                     core::format_duration(lock.expires - now) + ")";
  if (!lock.task.empty()) text += ": " + core::printable(lock.task);
  return text;
}

std::string wait_command(const core::Lock& lock, std::string_view path, core::Instant now) {
  using namespace std::chrono_literals;
  const core::Seconds left = lock.expires - now;
  const core::Seconds wait = left + (left < 5min ? core::Seconds(10s) : core::Seconds(5min));
  return "git stream lock --wait " + core::format_duration_option(wait) + " " +
         core::quote_shell(path);
}

}  // namespace gs::analyzers
