#include "analyzers/ownership.h"

#include <algorithm>

#include "analyzers/judge.h"
#include "lib/core/ids.h"
#include "lib/core/text.h"

namespace gs::analyzers {

using core::Finding;
using core::Rule;
using core::Severity;
using core::Standing;

namespace {

std::string owners_of(const core::Policy& policy, const core::Place& place) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < place.owners.size() && i < kNamed; ++i) {
    const core::StreamSpec* stream = policy.stream_of(place.owners[i]);
    if (i > 0) text += ", ";
    text += place.owners[i].full();
    if (stream != nullptr) text += " (stream " + stream->id.str() + ")";
  }
  if (place.owners.size() > kNamed) text += ", …";
  return text;
}

}  // namespace

std::optional<Finding> judge_place(const core::Policy& policy, const core::Place& place,
                                   std::string_view path) {
  switch (place.standing) {
    case Standing::protected_path:
      return Finding{Rule::protected_path,
                     Severity::block,
                     std::string(path),
                     0,
                     "nobody in a stream may change it",
                     {}};
    case Standing::foreign:
      return finding(Rule::scope, policy.rules.scope, path,
                     "belongs to " + owners_of(policy, place));
    case Standing::unowned:
      if (policy.rules.unowned != core::Unowned::block) return std::nullopt;
      return Finding{
          Rule::unowned, Severity::block, std::string(path), 0, "is in nobody's scope", {}};
    case Standing::mine:
    case Standing::shared:
      return std::nullopt;
  }
  return std::nullopt;
}

namespace {

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= 'A' && c <= 'Z');
  });
}

bool all_plain(const std::vector<std::string>& patterns) {
  return std::all_of(patterns.begin(), patterns.end(), is_plain);
}

bool all_plain(const core::Policy& policy) {
  if (!all_plain(policy.protect)) return false;
  for (const core::StreamSpec& stream : policy.streams) {
    for (const core::AgentSpec& agent : stream.agents)
      if (!all_plain(agent.files)) return false;
  }
  return true;
}

}  // namespace

bool Twins::concerns(std::string_view path) {
  if (!is_plain(path)) return true;
  if (!plain_patterns_) plain_patterns_ = all_plain(policy_);
  return !*plain_patterns_;
}

std::optional<core::Place> Twins::place(std::string_view path, const core::Place& place) {
  const bool settled =
      place.standing == Standing::protected_path || place.standing == Standing::foreign;
  if (settled || !concerns(path)) return std::nullopt;
  if (!folded_) folded_.emplace(policy_, identity_, true);
  core::Place twin = folded_->place(path);
  if (twin.standing == Standing::protected_path) return twin;
  const bool whose = twin.standing == Standing::foreign || twin.standing == Standing::mine;
  if (place.standing == Standing::unowned && whose) return twin;
  return std::nullopt;
}

std::optional<Finding> judge_twin(const core::Policy& policy, const core::Place& place,
                                  std::string_view path) {
  constexpr std::string_view kDiffers = "differs only in letter case or Unicode form from what ";
  switch (place.standing) {
    case Standing::protected_path:
      return Finding{Rule::protected_path,
                     Severity::block,
                     std::string(path),
                     0,
                     std::string(kDiffers) + "nobody in a stream may change",
                     {}};
    case Standing::foreign:
      return finding(Rule::scope, policy.rules.scope, path,
                     std::string(kDiffers) + "belongs to " + owners_of(policy, place));
    default:
      return std::nullopt;
  }
}

std::optional<Finding> judge_outsider(const core::Policy& policy, std::string_view path) {
  if (policy.rules.outsider == core::Outsider::allow) return std::nullopt;
  const bool blocks = policy.rules.outsider == core::Outsider::block;
  return Finding{Rule::outsider,
                 blocks ? Severity::block : Severity::warn,
                 std::string(path),
                 0,
                 "this worktree belongs to no stream",
                 "git stream install --agent AGENT"};
}

const core::Lock* held_by_other(const core::LockIndex& locks, std::string_view path,
                                std::string_view holder, core::Instant now) {
  const core::Lock* longest = nullptr;
  for (const core::Lock* lock : locks.on(path)) {
    if (!lock->live(now) || lock->is_of(holder)) continue;
    if (longest == nullptr || lock->expires > longest->expires) longest = lock;
  }
  return longest;
}

bool held_by(const core::LockIndex& locks, std::string_view path, std::string_view holder,
             core::Instant now) {
  const auto found = locks.on(path);
  return std::any_of(found.begin(), found.end(), [&](const core::Lock* lock) {
    return lock->live(now) && lock->is_of(holder);
  });
}

const core::Lock* held_by_other(const core::LockTable& locks, std::string_view path,
                                std::string_view holder, core::Instant now, bool ignore_case) {
  const core::Lock* longest = nullptr;
  for (const core::Lock& lock : locks) {
    if (!lock.live(now) || lock.is_of(holder)) continue;
    if (longest != nullptr && lock.expires <= longest->expires) continue;
    if (core::covers(lock, path, ignore_case)) longest = &lock;
  }
  return longest;
}

std::string describe_hold(const core::Lock& lock, core::Instant now, core::OffsetAt local) {
  const std::string host = lock.host.empty() ? "" : " on " + core::printable(lock.host);
  std::string text = "held by " + core::printable(lock.agent) + host + " until " +
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
