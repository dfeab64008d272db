#include "lib/session/session.h"

#include "lib/core/text.h"
#include "lib/git/refs/refs.h"
#include "lib/session/owner.h"
#include "lib/state/clock.h"

namespace gs::session {

namespace fs = std::filesystem;

Session::Session(git::Repository repository)
    : repository_(std::move(repository)), now_(state::now()) {}

const std::optional<policy::PinnedPolicy>& Session::pinned() {
  if (pinned_) return *pinned_;
  pinned_ = policy::load_policy(repository_);
  if (*pinned_) (*pinned_)->policy.branches_ignore_case = git::folds_ref_names(repository_);
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

const core::Identity& Session::named() {
  identity();
  if (identity_->outsider() && identity_->person.empty()) {
    identity_->person = owner_name(repository_).value_or(core::Identity{}.name());
  }
  return *identity_;
}

void Session::act_as(core::Identity identity) {
  identity_ = std::move(identity);
}

// An enrolled worktree has seen a state.
const state::StateDir& Session::state() {
  if (state_) return *state_;
  const git::Layout& layout = repository_.layout();
  const fs::path place = state_place(layout);
  if (fs::exists(fs::symlink_status(place))) return state_.emplace(place);
  const auto former = former_place(layout, policy());
  if (!former && fs::exists(layout.git_dir / "stream" / "identity")) state::fail_gone(place);
  return state_.emplace(former.value_or(place));
}

void Session::forget() {
  pinned_.reset();
  identity_.reset();
  state_.reset();
}

void Session::forget_state() {
  state_.reset();
}

void Session::log(const std::string& action,
                  std::vector<std::pair<std::string, std::string>> fields) {
  const core::Identity& who = named();
  state::append(state().activity(), {state::now(), who.name(), who.stream ? who.stream->str() : "",
                                     action, std::move(fields)});
}

fs::path state_place(const git::Layout& layout) {
  return layout.common_dir / "stream" / "state";
}

std::optional<fs::path> former_place(const git::Layout& layout, const core::Policy& policy) {
  const fs::path place = layout.main_worktree ? *layout.main_worktree / policy.state_dir
                                              : layout.common_dir / "stream";
  const state::StateDir now(state_place(layout)), former(place);
  const auto is_file = [](const fs::path& file) {
    return fs::is_regular_file(fs::symlink_status(file));
  };
  if (now.was_made() || !fs::is_directory(fs::symlink_status(place))) return std::nullopt;
  const bool used =
      is_file(former.locks()) || (!layout.main_worktree && is_file(former.activity()));
  return used ? std::optional(place) : std::nullopt;
}

}  // namespace gs::session
