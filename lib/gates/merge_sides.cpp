#include "lib/gates/merge_sides.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "lib/gates/new_commits.h"
#include "lib/git/refs/history.h"

namespace gs::gates {

namespace {

using core::Change;
using core::ObjectId;

class Sides {
 public:
  Sides(session::Session& session, const std::vector<ObjectId>& parents)
      : session_(session),
        repository_(session.repository()),
        parents_(parents),
        known_(session),
        elsewhere_(known_.others_tips()) {
    std::sort(elsewhere_.begin(), elsewhere_.end());
    elsewhere_.erase(std::unique(elsewhere_.begin(), elsewhere_.end()), elsewhere_.end());
  }

  bool settles(const Change& change) {
    const git::TreeEntry result{change.new_id, change.new_mode};
    for (const ObjectId& taken : parents_) {
      if (at(taken, change.path) != result) continue;
      const bool all = std::ranges::all_of(parents_, [&](const ObjectId& dropped) {
        return at(dropped, change.path) == result || is_own(dropped, taken, change.path) ||
               has_had(taken, dropped, change.path);
      });
      if (all) return true;
    }
    return false;
  }

 private:
  git::TreeEntry at(const ObjectId& commit, const std::string& path) const {
    return git::file_at(repository_, commit, path);
  }

  bool touches(const git::Commit& commit, const std::string& path) const {
    const git::TreeEntry version = at(commit.id, path);
    if (commit.parents.empty()) return version.mode != core::mode::none;
    return std::ranges::all_of(commit.parents,
                               [&](const ObjectId& parent) { return at(parent, path) != version; });
  }

  // By the log: one may have taken a colleague's branch in, which no gate judged as another
  // stream's.
  bool is_anothers(const git::Commit& commit) {
    if (!logged_) logged_ = logged_committers(session_);
    const auto found = logged_->find(commit.id.hex());
    if (found == logged_->end()) return false;
    const core::Identity& who = session_.identity();
    const auto agent = core::AgentId::parse(found->second);
    const core::StreamSpec* stream = agent ? session_.policy().stream_of(*agent) : nullptr;
    if (agent && who.agent) return *agent != *who.agent;
    if (stream != nullptr) return stream->id != who.stream;
    return found->second != core::Identity{who.stream, {}, who.source}.name();
  }

  // The commits that only `tip` has, those of others among them.
  struct Line {
    std::vector<git::Commit> all, others;
  };
  const Line& line(const ObjectId& tip, const ObjectId& without) {
    const auto [found, fresh] = lines_.try_emplace({tip, without});
    if (!fresh) return found->second;
    Line& line = found->second;
    line.all = git::commits_between(repository_, {without}, tip);
    std::set<ObjectId> own;
    for (const git::Commit& commit : known_.unjudged({without}, {tip}, Excuse::others))
      own.insert(commit.id);
    std::ranges::copy_if(line.all, std::back_inserter(line.others), [&](const git::Commit& commit) {
      return !own.contains(commit.id) || is_anothers(commit);
    });
    return line;
  }

  bool is_own(const ObjectId& dropped, const ObjectId& taken, const std::string& path) {
    return std::ranges::none_of(line(dropped, taken).others,
                                [&](const git::Commit& commit) { return touches(commit, path); });
  }

  // As far as a branch that is judged elsewhere has got into `taken`: what comes after is no
  // excuse.
  bool has_had(const ObjectId& taken, const ObjectId& dropped, const std::string& path) {
    const git::TreeEntry result = at(taken, path), old = at(dropped, path);
    return std::ranges::any_of(elsewhere_, [&](const ObjectId& tip) {
      const auto reached = git::merge_base(repository_, tip, taken);
      if (!reached || at(*reached, path) != result) return false;
      const std::vector<git::Commit>& commits = line(*reached, dropped).all;
      return std::ranges::any_of(
          commits, [&](const git::Commit& commit) { return at(commit.id, path) == old; });
    });
  }

  session::Session& session_;
  const git::Repository& repository_;
  const std::vector<ObjectId>& parents_;
  const JudgedElsewhere known_;
  std::vector<ObjectId> elsewhere_;
  std::optional<std::map<std::string, std::string>> logged_;
  std::map<std::pair<ObjectId, ObjectId>, Line> lines_;  // by tip and what it is without
};

}  // namespace

std::set<Change> settled_changes(session::Session& session, const std::vector<ObjectId>& parents,
                                 const core::ChangeSet& own) {
  std::set<Change> settled;
  Sides sides(session, parents);
  for (const Change& change : own) {
    if (sides.settles(change)) settled.insert(change);
  }
  return settled;
}

}  // namespace gs::gates
