#include "lib/session/session.h"

#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/session/owner.h"
#include "lib/state/clock.h"

namespace gs::session {

Session::Session(git::Repository repository)
    : repository_(std::move(repository)), now_(state::now()) {}

const std::optional<policy::PinnedPolicy>& Session::pinned() {
  if (!pinned_) pinned_ = policy::load_policy(repository_);
  return *pinned_;
}

const core::Policy& Session::policy() {
  static const core::Policy kNone;
  return pinned() ? pinned()->policy : kNone;
}

const core::Identity& Session::identity() {
  if (identity_) return *identity_;
  require_no_lost_worktree(*this, folder_ ? *folder_ : calling_folder(repository_.layout()));
  identity_ = find_identity(repository_, pinned() ? &policy() : nullptr);
  return *identity_;
}

void Session::act_as(core::Identity identity) {
  identity_ = std::move(identity);
}

const state::StateDir& Session::state() {
  if (!state_) state_.emplace(state_folder(repository_.layout(), policy()));
  return *state_;
}

void Session::forget() {
  pinned_.reset();
  identity_.reset();
  state_.reset();
}

void Session::log(const std::string& action,
                  std::vector<std::pair<std::string, std::string>> fields) {
  const core::Identity& who = identity();
  state::append(state().activity(), {state::now(), who.name(), who.stream ? who.stream->str() : "",
                                     action, std::move(fields)});
}

std::filesystem::path state_folder(const git::Layout& layout, const core::Policy& policy) {
  if (!layout.main_worktree) return layout.common_dir / "stream";
  return *layout.main_worktree / policy.state_dir;
}

std::string json_text(std::string_view text) {
  return core::JsonWriter().value(text).take();
}
std::string json_path_text(std::string_view path) {
  return json_text(core::json_path(path));
}

}  // namespace gs::session
