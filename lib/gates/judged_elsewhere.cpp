#include "lib/gates/judged_elsewhere.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string_view>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/objects/object_id.h"
#include "lib/git/refs/remotes.h"
#include "lib/policy/integration_record.h"
#include "lib/policy/policy_cache.h"
#include "lib/session/owner.h"
#include "lib/state/clock.h"
#include "lib/state/journal.h"

namespace gs::gates {

namespace {

namespace fs = std::filesystem;
using core::Identity;
using core::ObjectId;
using state::JudgedCommit;
using Kind = JudgedCommit::Kind;

constexpr std::string_view kRemotes = "refs/remotes/";
constexpr std::string_view kStream = "stream-";

// Whether nobody's hands but a server's reach the refs, or nothing of ours was installed.
bool only_names_count(session::Session& session) {
  const git::Layout& layout = session.repository().layout();
  if (!layout.worktree && !layout.main_worktree && layout.git_dir == layout.common_dir) return true;
  return !fs::exists(layout.common_dir / "stream" / "integration") &&
         !fs::exists(judged_file(layout)) && !fs::is_directory(session.state().root());
}

// The stream that a branch's name says, where it says one or is the integration branch's.
struct Named {
  bool counts = false;
  std::optional<core::StreamId> stream;
};
Named name_of(const core::Policy& policy, const core::BranchName& branch) {
  if (branch == policy.integration_branch) return {true, {}};
  auto stream = core::stream_of_branch(policy, branch);
  return {stream.has_value(), std::move(stream)};
}

// "feature/x" from "refs/remotes/origin/feature/x".
core::BranchName tracked_branch(std::string_view ref) {
  ref.remove_prefix(kRemotes.size());
  return core::BranchName(std::string(ref.substr(std::min(ref.find('/'), ref.size() - 1) + 1)));
}

// The refs of recorded remotes. Before anything was recorded, by an older version, origin's.
std::vector<JudgedTip> remote_tips(session::Session& session) {
  const git::Repository& repository = session.repository();
  const auto recorded = policy::recorded_remotes(repository.layout());
  const auto remotes = recorded.value_or(std::vector{policy::RecordedRemote{"origin", {}}});
  std::vector<JudgedTip> tips;
  for (const policy::RecordedRemote& remote : remotes) {
    const std::string prefix = std::string(kRemotes) + remote.name + "/";
    const auto branch = [&](std::string_view ref) {
      return core::BranchName(std::string(ref.substr(prefix.size())));
    };
    const auto wanted = [&](std::string_view ref) {
      return name_of(session.policy(), branch(ref)).counts;
    };
    for (const auto& [ref, tip] : git::refs_below(repository, prefix, wanted)) {
      if (!git::known_commit(repository, tip)) continue;
      tips.push_back(
          {name_of(session.policy(), branch(ref)).stream, tip, remote.name, branch(ref).str()});
    }
  }
  return tips;
}

}  // namespace

std::vector<JudgedTip> named_tips(session::Session& session) {
  const git::Repository& repository = session.repository();
  std::vector<JudgedTip> tips;
  const auto add = [&](const core::BranchName& branch, const std::optional<ObjectId>& tip) {
    Named named = name_of(session.policy(), branch);
    if (named.counts && tip) tips.push_back({std::move(named.stream), *tip});
  };
  for (const auto& [branch, tip] : git::branches(repository)) {
    add(branch, tip);
    const auto upstream = repository.upstream_ref(branch);
    if (upstream) add(branch, repository.resolve(*upstream));
  }
  const auto wanted = [&](std::string_view ref) {
    return name_of(session.policy(), tracked_branch(ref)).counts;
  };
  for (const auto& [ref, tip] : git::refs_below(repository, std::string(kRemotes), wanted))
    add(tracked_branch(ref), git::known_commit(repository, tip));
  return tips;
}

fs::path judged_file(const git::Layout& layout) {
  return layout.common_dir / "stream" / "judged";
}

namespace {

// What the log knows of commits; whether an outsider's worktree was an owner's, it does not.
std::vector<JudgedCommit> from_log(session::Session& session) {
  std::vector<JudgedCommit> entries;
  for (const state::LogLine& line : state::read_actions(session.state().activity(), "committed")) {
    const auto id = ObjectId::from_hex(state::log_field(line.activity, "commit"));
    const std::string& who = line.activity.agent;
    if (!id || who.empty() || core::is_person(who)) continue;
    Kind kind = state::log_field(line.activity, "bypass").empty() ? Kind::judged : Kind::bypassed;
    if (!state::log_field(line.activity, "by_name").empty()) kind = Kind::by_name;
    entries.push_back({*id, {}, line.activity.time, kind, who});
  }
  return entries;
}

// What nobody has put on the integration branch past the gates.
std::optional<ObjectId> integration_commit(session::Session& session) {
  const core::BranchName& branch = session.policy().integration_branch;
  const auto& pinned = session.pinned();
  if (pinned && pinned->moved_to) return pinned->commit;
  return session.repository().resolve("refs/heads/" + branch.str());
}

// Those whose commits are gone, or in the integration branch, are of no use.
std::function<bool(const JudgedCommit&)> still_needed(session::Session& session) {
  const git::Repository& repository = session.repository();
  const std::vector<JudgedCommit> entries =
      state::read_judged(judged_file(repository.layout())).entries;
  std::vector<ObjectId> here;
  for (const JudgedCommit& entry : entries) {
    if (!entry.commit.is_zero() && git::known_commit(repository, entry.commit))
      here.push_back(entry.commit);
  }
  std::vector<ObjectId> merged;
  const auto integration = integration_commit(session);
  if (integration) merged.push_back(*integration);
  std::set<ObjectId> open;
  if (!here.empty()) {
    for (const git::Commit& commit : git::commits_between(repository, merged, here))
      open.insert(commit.id);
  }
  std::set<ObjectId> asked(here.begin(), here.end());
  return [open = std::move(open), asked = std::move(asked)](const JudgedCommit& entry) {
    // Those that came since are kept until the next time.
    return entry.commit.is_zero() || open.contains(entry.commit) || !asked.contains(entry.commit);
  };
}

state::JudgedSource source_of(session::Session& session) {
  return {session.repository().object_format(), [&] { return from_log(session); },
          [&] { return still_needed(session); }};
}

void say_mended(const fs::path& file) {
  std::fprintf(stderr,
               "git-stream: %s was damaged: it is rebuilt from what could be read of it and from "
               "the log; what was there is kept beside it as judged.damaged\n",
               core::printable(file.string()).c_str());
}

// Where the record cannot be written, it is used as if it were.
std::vector<JudgedCommit> entries_in(session::Session& session) {
  const fs::path file = judged_file(session.repository().layout());
  state::JudgedRecord record = state::read_judged(file);
  if (record.format == session.repository().object_format() && record.damaged == 0)
    return std::move(record.entries);
  try {
    if (state::mend_judged(file, source_of(session))) say_mended(file);
    return state::read_judged(file).entries;
  } catch (const core::Error&) {
    for (JudgedCommit& entry : from_log(session)) record.entries.push_back(std::move(entry));
    return std::move(record.entries);
  }
}

struct ByCommit {
  bool operator()(const JudgedCommit& a, const JudgedCommit& b) const {
    return a.commit < b.commit;
  }
  bool operator()(const JudgedCommit& a, const ObjectId& b) const { return a.commit < b; }
  bool operator()(const ObjectId& a, const JudgedCommit& b) const { return a < b.commit; }
};

bool was_let_through(const JudgedCommit& entry) {
  return entry.kind == Kind::judged || entry.kind == Kind::bypassed;
}

}  // namespace

JudgedElsewhere::JudgedElsewhere(session::Session& session) : session_(session) {
  const git::Repository& repository = session.repository();
  by_names_ = only_names_count(session);
  if (by_names_) {
    tips_ = named_tips(session);
    return;
  }
  integration_ = integration_commit(session);
  entries_ = entries_in(session);
  for (const JudgedCommit& entry : entries_) {
    any_by_name_ = any_by_name_ || entry.kind == Kind::by_name;
    any_bypassed_ = any_bypassed_ || entry.kind == Kind::bypassed || any_by_name_;
    if (entry.kind == Kind::held && git::known_commit(repository, entry.commit)) {
      const std::size_t slash = std::min(entry.who.find('/'), entry.who.size() - 1);
      const core::BranchName branch(entry.who.substr(slash + 1));
      tips_.push_back({name_of(session.policy(), branch).stream, entry.commit});
    }
  }
  std::stable_sort(entries_.begin(), entries_.end(), ByCommit());
  const bool older = !policy::recorded_remotes(repository.layout());
  if (!session.believes_remote_refs() && !older) return;
  for (JudgedTip& tip : remote_tips(session)) tips_.push_back(std::move(tip));
}

std::span<const JudgedCommit> JudgedElsewhere::entries_of(const ObjectId& commit) const {
  const auto [begin, end] = std::equal_range(entries_.begin(), entries_.end(), commit, ByCommit());
  return {begin, end};
}

bool JudgedElsewhere::is_own(const JudgedCommit& entry) const {
  const core::StreamSpec* stream = session_.policy().stream_of_name(entry.who);
  return stream != nullptr && stream->id == session_.identity().stream;
}

bool JudgedElsewhere::excused(const ObjectId& commit, Excuse excuse) const {
  const auto entries = entries_of(commit);
  return std::any_of(entries.begin(), entries.end(), [&](const JudgedCommit& entry) {
    return was_let_through(entry) && (excuse == Excuse::any || !is_own(entry));
  });
}

bool JudgedElsewhere::by_name_only(const ObjectId& commit) const {
  const auto entries = entries_of(commit);
  return std::any_of(entries.begin(), entries.end(),
                     [](const auto& entry) { return entry.kind == Kind::by_name; }) &&
         std::none_of(entries.begin(), entries.end(), was_let_through);
}

std::vector<ObjectId> JudgedElsewhere::made_by_name(const core::StreamId& stream,
                                                    const ObjectId& tip) const {
  std::vector<ObjectId> commits;
  if (!any_by_name_) return commits;
  const std::string who = std::string(kStream) + stream.str();
  for (const git::Commit& commit :
       git::commits_between(session_.repository(), hiding({}, Excuse::any, false), tip)) {
    const auto entries = entries_of(commit.id);
    const bool found = std::any_of(entries.begin(), entries.end(), [&](const JudgedCommit& entry) {
      return entry.kind == Kind::by_name && entry.who == who;
    });
    if (found) commits.push_back(commit.id);
  }
  return commits;
}

const JudgedCommit* JudgedElsewhere::own_entry(const ObjectId& commit) const {
  for (const JudgedCommit& entry : entries_of(commit)) {
    if (entry.kind == Kind::judged && is_own(entry)) return &entry;
  }
  return nullptr;
}

std::optional<Kind> JudgedElsewhere::kind_of(const ObjectId& commit) const {
  std::optional<Kind> kind;
  for (const JudgedCommit& entry : entries_of(commit)) {
    if (entry.kind == Kind::judged) return Kind::judged;
    if (entry.kind == Kind::bypassed) kind = Kind::bypassed;
  }
  return kind;
}

std::vector<ObjectId> JudgedElsewhere::hiding(const std::vector<ObjectId>& hidden, Excuse excuse,
                                              bool unasked) const {
  std::vector<ObjectId> all = hidden;
  if (integration_) all.push_back(*integration_);
  const auto& own = session_.identity().stream;
  for (const JudgedTip& tip : tips_) {
    if (!unasked && tip.unasked()) continue;
    if (excuse == Excuse::any || !tip.stream || tip.stream != own) all.push_back(tip.commit);
  }
  return all;
}

std::vector<ObjectId> JudgedElsewhere::others_tips() const {
  std::vector<ObjectId> tips = hiding({}, Excuse::others, true);
  for (const auto& [branch, tip] : git::branches(session_.repository())) {
    if (excused(tip, Excuse::others)) tips.push_back(tip);
  }
  return tips;
}

std::vector<git::Commit> JudgedElsewhere::unjudged(const std::vector<ObjectId>& hidden,
                                                   const std::vector<ObjectId>& tips,
                                                   Excuse excuse) const {
  const git::Repository& repository = session_.repository();
  std::vector<git::Commit> commits =
      git::commits_between(repository, hiding(hidden, excuse, true), tips);
  if (any_by_name_) {
    // What was made here by nobody that is known does not become somebody's by being pushed.
    std::set<ObjectId> found;
    for (const git::Commit& commit : commits) found.insert(commit.id);
    std::vector<ObjectId> merged = hidden;
    if (integration_) merged.push_back(*integration_);
    commits = git::commits_between(repository, merged, tips);
    std::erase_if(commits, [&](const git::Commit& commit) {
      return !found.contains(commit.id) && !by_name_only(commit.id);
    });
  }
  std::erase_if(commits, [&](const git::Commit& commit) { return excused(commit.id, excuse); });
  return commits;
}

std::vector<git::Commit> JudgedElsewhere::returning(const std::vector<ObjectId>& hidden,
                                                    const ObjectId& tip) const {
  if (entries_.empty()) return {};
  const git::Repository& repository = session_.repository();
  std::vector<ObjectId> here = hiding(hidden, Excuse::any, true);
  for (const auto& [branch, at] : git::branches(repository)) here.push_back(at);
  std::vector<git::Commit> commits = git::commits_between(repository, here, {tip});
  std::erase_if(commits, [&](const git::Commit& commit) {
    const auto entries = entries_of(commit.id);
    return std::none_of(entries.begin(), entries.end(), [&](const JudgedCommit& entry) {
      return was_let_through(entry) && is_own(entry);
    });
  });
  return commits;
}

std::string unrecorded_remote_with(session::Session& session, const ObjectId& commit) {
  const git::Repository& repository = session.repository();
  const auto recorded = policy::recorded_remotes(repository.layout());
  if (!recorded) return {};
  const auto name_in = [](std::string_view ref) {
    ref.remove_prefix(kRemotes.size());
    return std::string(ref.substr(0, ref.find('/')));
  };
  const auto wanted = [&](std::string_view ref) {
    return name_of(session.policy(), tracked_branch(ref)).counts &&
           std::none_of(recorded->begin(), recorded->end(),
                        [&](const auto& remote) { return remote.name == name_in(ref); });
  };
  for (const auto& [ref, tip] : git::refs_below(repository, std::string(kRemotes), wanted)) {
    if (git::known_commit(repository, tip) && repository.is_ancestor(commit, tip))
      return name_in(ref);
  }
  return {};
}

std::vector<JudgedTip> JudgedElsewhere::unasked_excuses(const std::vector<ObjectId>& hidden,
                                                        const std::vector<ObjectId>& tips,
                                                        Excuse excuse) const {
  std::vector<JudgedTip> used;
  if (std::none_of(tips_.begin(), tips_.end(), [](const auto& tip) { return tip.unasked(); }))
    return used;
  const git::Repository& repository = session_.repository();
  const std::vector<ObjectId> asked = hiding(hidden, excuse, false);
  std::set<ObjectId> open;
  for (const git::Commit& commit : git::commits_between(repository, asked, tips)) {
    if (!excused(commit.id, excuse)) open.insert(commit.id);
  }
  const auto& own = session_.identity().stream;
  for (const JudgedTip& tip : tips_) {
    if (open.empty()) break;
    if (!tip.unasked() || (excuse == Excuse::others && tip.stream && tip.stream == own)) continue;
    std::size_t covered = 0;
    for (const git::Commit& commit : git::commits_between(repository, asked, tip.commit))
      covered += open.erase(commit.id);
    if (covered > 0) used.push_back(tip);
  }
  return used;
}

bool judged_by_name(session::Session& session) {
  return session.identity().source == Identity::Source::branch &&
         !session::owner_acts(session.repository());
}

void record_entries(session::Session& session, std::span<const JudgedCommit> entries) {
  if (entries.empty()) return;
  const fs::path file = judged_file(session.repository().layout());
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  if (state::append_judged(file, entries, source_of(session))) say_mended(file);
}

void record_commits(session::Session& session, const std::vector<ObjectId>& commits, Kind kind) {
  if (commits.empty()) return;
  if (session.identity().outsider() && !session::owner_acts(session.repository())) return;
  const ObjectId policy = git::digest_of(policy::serialize(session.policy()));
  const std::string who = session.identity().name();
  if (judged_by_name(session)) kind = Kind::by_name;
  std::vector<JudgedCommit> entries;
  entries.reserve(commits.size());
  for (const ObjectId& commit : commits)
    entries.push_back({commit, policy, session.now(), kind, who});
  record_entries(session, entries);
}

void record_branches_once(session::Session& session) {
  const git::Repository& repository = session.repository();
  if (!session.pinned() || !session::owner_acts(repository)) return;
  const JudgedElsewhere known(session);
  if (known.kind_of(ObjectId())) return;  // the entry of no commit says that it was done
  std::vector<JudgedCommit> entries{{ObjectId(), {}, session.now(), Kind::judged, "install"}};
  for (const auto& [branch, tip] : git::branches(repository)) {
    const auto stream = name_of(session.policy(), branch).stream;
    if (!stream) continue;
    const Identity who{stream, std::nullopt, Identity::Source::branch};
    for (const git::Commit& commit : known.unjudged({}, {tip}, Excuse::any))
      entries.push_back({commit.id, {}, session.now(), Kind::judged, who.name()});
  }
  record_entries(session, entries);
}

void adopt_named(session::Session& session, const Identity& who) {
  const git::Repository& repository = session.repository();
  const auto head = repository.head();
  if (!head || !who.stream) return;
  const JudgedElsewhere known(session);
  std::vector<JudgedCommit> entries;
  for (const ObjectId& commit : known.made_by_name(*who.stream, *head))
    entries.push_back({commit, {}, session.now(), Kind::judged, "stream-" + who.stream->str()});
  record_entries(session, entries);
}

CarriedChanges carried(session::Session& session, const ObjectId& old, const ObjectId& tip) {
  const git::Repository& repository = session.repository();
  const JudgedElsewhere known(session);
  std::set<ObjectId> unjudged;
  for (const git::Commit& commit : known.unjudged({tip}, {old}, Excuse::any))
    unjudged.insert(commit.id);
  CarriedChanges changes;
  std::vector<ObjectId> elsewhere{tip};
  if (known.integration()) elsewhere.push_back(*known.integration());
  for (const git::Commit& commit : git::commits_between(repository, elsewhere, old)) {
    if (unjudged.contains(commit.id)) continue;
    auto& set = known.kind_of(commit.id) == Kind::bypassed ? changes.bypassed : changes.judged;
    for (core::Change& change : git::changes_of(repository, commit)) set.insert(std::move(change));
  }
  return changes;
}

namespace {

// What a remote says of these branches of its own; those that are not here are fetched.
std::vector<JudgedCommit> ask(session::Session& session, const policy::RecordedRemote& remote,
                              const std::set<std::string>& branches) {
  const git::Repository& repository = session.repository();
  const auto theirs = git::ask_for_branches(remote.url);
  std::vector<std::string> to_fetch;
  for (const std::string& branch : branches) {
    const auto found = theirs.find("refs/heads/" + branch);
    if (found != theirs.end() && !git::known_commit(repository, found->second))
      to_fetch.push_back(found->first);
  }
  if (!to_fetch.empty()) git::fetch_objects(repository, remote.url, to_fetch);
  std::vector<JudgedCommit> held;
  for (const std::string& branch : branches) {
    const auto found = theirs.find("refs/heads/" + branch);
    if (found != theirs.end() && git::known_commit(repository, found->second))
      held.push_back({found->second, {}, session.now(), Kind::held, remote.name + "/" + branch});
  }
  return held;
}

}  // namespace

void ask_remotes(session::Session& session, const std::vector<JudgedTip>& tips) {
  const auto recorded = policy::recorded_remotes(session.repository().layout());
  if (!recorded) return;  // an older installation
  for (const policy::RecordedRemote& remote : *recorded) {
    std::set<std::string> branches;
    for (const JudgedTip& tip : tips) {
      if (tip.remote == remote.name) branches.insert(tip.branch);
    }
    if (!branches.empty()) record_entries(session, ask(session, remote, branches));
  }
}

}  // namespace gs::gates
