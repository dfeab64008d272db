#include "lib/gates/dependency_check.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/gates/judged_elsewhere.h"
#include "lib/gates/new_commits.h"
#include "lib/git/merge/merge.h"
#include "lib/git/merge/merged_part.h"
#include "lib/git/refs/history.h"

namespace gs::gates {

namespace {

using core::ObjectId;
using core::StreamId;

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
        return is_of(commit, stream,
                     [&] { return commit.id == tip && line_.merged_by(tip).has_value(); });
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
      return work && !has_nothing_left(tip);
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

  // A host may have squashed, rebased or picked it, or it changes nothing.
  bool has_nothing_left(const ObjectId& tip) try {
    const auto base = git::merge_base(repository_, after_, tip);
    if (!base) return false;
    if (git::changes_between(repository_, *base, tip).empty()) return true;
    const auto part = git::merged_by_content(repository_, line_, *base, tip);
    return part && part->tip == tip;
  } catch (const core::Error&) {
    return false;  // it cannot be told
  }

  session::Session& session_;
  const git::Repository& repository_ = session_.repository();
  std::optional<ObjectId> before_;
  ObjectId after_;
  JudgedElsewhere known_;
  git::IntegrationLine line_{repository_, after_};
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
