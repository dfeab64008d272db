#include "lib/gates/dependency_check.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/gates/judged_elsewhere.h"
#include "lib/gates/new_commits.h"
#include "lib/git/merge/merge.h"
#include "lib/git/refs/history.h"

namespace gs::gates {

namespace {

using core::ObjectId;
using core::StreamId;

constexpr std::size_t kLongestLine = 2000;  // commits of the integration branch that are looked at
constexpr std::size_t kMostMerges = 64;     // that are tried

class DependencyCheck {
 public:
  DependencyCheck(session::Session& session, const std::optional<ObjectId>& before,
                  const ObjectId& after)
      : session_(session), before_(before), after_(after), known_(session) {}

  bool arrives(const StreamId& stream) {
    if (!before_) return false;
    return std::ranges::any_of(tips_of(stream), [&](const ObjectId& tip) {
      if (!repository_.is_ancestor(tip, after_) || repository_.is_ancestor(tip, *before_))
        return false;
      const auto commits = git::commits_between(repository_, {*before_}, tip);
      return std::ranges::any_of(commits, [&](const git::Commit& commit) {
        return is_of(commit, stream, [&] { return commit.id == tip && !is_on_line(tip); });
      });
    });
  }

  bool is_outstanding(const StreamId& stream) {
    return std::ranges::any_of(tips_of(stream), [&](const ObjectId& tip) {
      if (repository_.is_ancestor(tip, after_)) return false;
      const auto commits = git::commits_between(repository_, {after_}, tip);
      const bool work = std::ranges::any_of(commits, [&](const git::Commit& commit) {
        return is_of(commit, stream, [&] { return !is_integrated(commit.id); });
      });
      return work && !is_squashed(tip);
    });
  }

 private:
  std::vector<ObjectId> tips_of(const StreamId& stream) const {
    std::vector<ObjectId> tips;
    for (const auto& [branch, tip] : git::branches(repository_)) {
      if (core::stream_of_branch(session_.policy(), branch) == stream) tips.push_back(tip);
    }
    return tips;
  }

  // `unknown`: what counts where nothing says whose a commit is.
  template <class Unknown>
  bool is_of(const git::Commit& commit, const StreamId& stream, const Unknown& unknown) {
    bool said = false;
    for (const state::JudgedCommit& entry : known_.entries_of(commit.id)) {
      if (entry.kind == state::JudgedCommit::Kind::held) continue;
      const core::StreamSpec* maker = session_.policy().stream_of_name(entry.who);
      if (maker != nullptr && maker->id == stream) return true;
      said = true;
    }
    const std::vector<StreamId> named = streams_named(commit, session_.policy());
    if (!named.empty()) return std::ranges::find(named, stream) != named.end();
    return !said && unknown();
  }

  bool is_integrated(const ObjectId& commit) const {
    return known_.integration() && repository_.is_ancestor(commit, *known_.integration());
  }

  // The integration branch's first parents, the newest first.
  const std::vector<git::Commit>& line() {
    if (line_) return *line_;
    line_.emplace();
    std::optional<ObjectId> next = after_;
    while (next && line_->size() < kLongestLine) {
      git::Commit commit = git::commit(repository_, *next);
      next = commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
      line_->push_back(std::move(commit));
    }
    return *line_;
  }
  bool is_on_line(const ObjectId& id) {
    return std::ranges::find(line(), id, &git::Commit::id) != line().end();
  }

  // Whether merging it into the tip, or into a commit that changed the same paths, changes nothing:
  // a host may have squashed, rebased or picked it.
  bool is_squashed(const ObjectId& tip) try {
    const auto base = git::merge_base(repository_, after_, tip);
    if (!base) return false;
    const core::ChangeSet changes = git::changes_between(repository_, *base, tip);
    std::size_t tried = 0;
    for (const git::Commit& commit : line()) {
      if (repository_.is_ancestor(commit.id, *base)) break;
      if (commit.id != after_ && !touches(commit, changes)) continue;
      if (leaves_nothing(commit.id, tip)) return true;
      if (++tried == kMostMerges) break;
    }
    return false;
  } catch (const core::Error&) {
    return false;  // it cannot be told
  }

  bool touches(const git::Commit& commit, const core::ChangeSet& changes) const {
    if (commit.parents.empty()) return false;
    return std::ranges::any_of(changes, [&](const core::Change& change) {
      return !git::differing(repository_, commit.parents.front(), commit.id, {change.path}).empty();
    });
  }

  bool leaves_nothing(const ObjectId& ours, const ObjectId& theirs) {
    if (!scratch_) scratch_.emplace(repository_);
    const git::TreeMerge merged = git::merge_contents(repository_, *scratch_, ours, theirs);
    return merged.clean && merged.tree == git::tree_of(repository_, ours);
  }

  session::Session& session_;
  const git::Repository& repository_ = session_.repository();
  std::optional<ObjectId> before_;
  ObjectId after_;
  JudgedElsewhere known_;
  std::optional<git::ScratchObjects> scratch_;
  std::optional<std::vector<git::Commit>> line_;
};

}  // namespace

std::vector<UnmetDependency> unmet_dependencies(session::Session& session,
                                                const std::optional<ObjectId>& before,
                                                const ObjectId& after,
                                                const std::optional<StreamId>& own) {
  const core::Policy& policy = session.policy();
  std::vector<UnmetDependency> unmet;
  const bool any = std::ranges::any_of(
      policy.streams, [](const core::StreamSpec& stream) { return !stream.depends_on.empty(); });
  if (!any) return unmet;
  DependencyCheck check(session, before, after);
  for (const core::StreamSpec& stream : policy.streams) {
    if (stream.depends_on.empty() || (stream.id != own && !check.arrives(stream.id))) continue;
    for (const StreamId& needed : stream.depends_on) {
      if (check.is_outstanding(needed)) unmet.push_back({stream.id, needed});
    }
  }
  return unmet;
}

}  // namespace gs::gates
