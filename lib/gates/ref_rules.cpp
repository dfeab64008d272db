// Whose a branch is, what it may be called, and what may come onto the integration branch.

#include <algorithm>

#include "lib/gates/policy_change.h"
#include "lib/gates/pushed_refs.h"
#include "lib/core/text.h"

namespace gs::gates {

namespace {

using core::Action;
using core::Finding;
using core::Rule;
using core::Severity;

constexpr std::string_view kHeads = "refs/heads/";

void replace(std::string& text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  if (at != text.npos) text.replace(at, what.size(), by);
}

// What the branch would be called as one of the stream's.
std::string own_name(const core::Policy& policy, const core::StreamId& stream, std::string slug) {
  std::replace(slug.begin(), slug.end(), '/', '-');
  std::string name = policy.branch;
  replace(name, "{stream}", stream.str());
  replace(name, "{slug}", slug);
  return name;
}

std::string push_command(const RefMove& move, const std::string& branch) {
  const std::string remote = move.remote.empty() ? "origin" : move.remote;
  std::string source = move.source.empty() ? "HEAD" : move.source;
  if (source.starts_with(kHeads)) source.erase(0, kHeads.size());
  return "git push " + core::quote_shell(remote) + " " + core::quote_shell(source + ":" + branch);
}

// One judgement of one ref.
class RefRules {
 public:
  RefRules(session::Session& session, const RefMove& move, const core::Identity& who,
           std::vector<LocatedFinding>& findings)
      : session_(session), policy_(session.policy()), move_(move), who_(who), findings_(findings) {}

  void judge() {
    const auto branch = branch_of(move_.ref);
    if (!branch) return;
    if (*branch == policy_.integration_branch) {
      judge_integration();
    } else if (who_.stream && !policy_.streams.empty()) {
      judge_branch(*branch);
    }
  }

 private:
  void add(Rule rule, Action action, std::string message, std::string hint) {
    if (action == Action::off) return;
    const Severity severity = action == Action::warn ? Severity::warn : Severity::block;
    findings_.push_back(
        {Finding{rule, severity, move_.ref, 0, std::move(message), std::move(hint)}, {}});
  }

  void judge_branch(const core::BranchName& branch) {
    const auto owner = core::stream_of_branch(policy_, branch);
    if (owner == who_.stream) return;
    const bool nameless = policy_.branch.find("{stream}") == std::string::npos;
    if (!owner && nameless) return;  // no name says anything
    const std::string hint =
        move_.after ? push_command(move_, right_name(branch)) : "git stream status";
    if (owner) {
      add(Rule::scope, policy_.rules.scope, "is stream " + owner->str() + "'s branch", hint);
    } else {
      add(Rule::branch_name, policy_.rules.branch_name,
          "is no branch of stream " + who_.stream->str() + ", whose are called " +
              own_name(policy_, *who_.stream, "{slug}"),
          hint);
    }
  }

  // Where it could be pushed to instead.
  std::string right_name(const core::BranchName& branch) const {
    auto source = branch_of(move_.source);
    if (move_.source == "HEAD") source = session_.repository().current_branch();
    if (source && core::stream_of_branch(policy_, *source) == who_.stream) return source->str();
    return own_name(policy_, *who_.stream, source.value_or(branch).str());
  }

  void judge_integration() {
    if (who_.stream) {
      add(Rule::protected_path, Action::block,
          "is the integration branch, onto which streams are merged",
          "git stream merge " + who_.stream->str());
    } else if (!move_.after) {
      add(Rule::protected_path, Action::block,
          "is the integration branch, and the policy stands on it", "git stream status");
    }
    if (!move_.after) return;
    judge_new_policy();
    judge_dependencies();
  }

  // A policy that cannot be read would judge nobody's work any more.
  void judge_new_policy() {
    const git::Repository& repository = session_.repository();
    const auto before = move_.before ? git::known_commit(repository, *move_.before) : std::nullopt;
    const auto at = [&](const std::optional<core::ObjectId>& commit) {
      return commit ? repository.entry(*commit, core::kPolicyFile) : std::nullopt;
    };
    const auto old_entry = at(before), new_entry = at(move_.after);
    if (!new_entry || (old_entry && old_entry->id == new_entry->id)) return;
    core::Change change{std::string(core::kPolicyFile), {}, new_entry->id, {}, new_entry->mode};
    if (auto broken = judge_policy_change(repository, {change}))
      findings_.push_back({std::move(*broken), move_.after});
  }

  struct Tips {
    std::vector<core::ObjectId> all;
    std::size_t in_after = 0, in_before = 0;
    bool merged() const { return in_after == all.size(); }
  };

  // The branches of a stream here, and which of them the integration branch will have, and had.
  Tips tips_of(const core::StreamId& stream) const {
    const git::Repository& repository = session_.repository();
    Tips tips;
    for (const auto& [branch, tip] : git::branches(repository)) {
      if (core::stream_of_branch(policy_, branch) != stream) continue;
      tips.all.push_back(tip);
      if (repository.is_ancestor(tip, *move_.after)) ++tips.in_after;
      const auto before =
          move_.before ? git::known_commit(repository, *move_.before) : std::nullopt;
      if (before && repository.is_ancestor(tip, *before)) ++tips.in_before;
    }
    return tips;
  }

  // A stream comes after those that it depends on. People are told; a stream is stopped.
  void judge_dependencies() {
    for (const core::StreamSpec& stream : policy_.streams) {
      if (stream.depends_on.empty()) continue;
      const Tips own = tips_of(stream.id);
      const bool arrives = own.in_after > own.in_before;
      if (!arrives && stream.id != who_.stream) continue;
      for (const core::StreamId& needed : stream.depends_on) {
        if (tips_of(needed).merged()) continue;
        add(Rule::policy, who_.stream ? Action::block : Action::warn,
            "stream " + stream.id.str() + " depends on stream " + needed.str() +
                ", which is not merged",
            "git stream merge " + needed.str());
      }
    }
  }

  session::Session& session_;
  const core::Policy& policy_;
  const RefMove& move_;
  const core::Identity& who_;
  std::vector<LocatedFinding>& findings_;
};

}  // namespace

std::optional<core::BranchName> branch_of(std::string_view ref) {
  if (!ref.starts_with(kHeads)) return std::nullopt;
  return core::BranchName(std::string(ref.substr(kHeads.size())));
}

std::optional<core::StreamId> stream_of_ref(const core::Policy& policy, std::string_view ref) {
  const auto branch = branch_of(ref);
  if (!branch || *branch == policy.integration_branch) return std::nullopt;
  return core::stream_of_branch(policy, *branch);
}

void judge_ref(session::Session& session, const RefMove& move, const core::Identity& who,
               std::vector<LocatedFinding>& findings) {
  RefRules(session, move, who, findings).judge();
}

}  // namespace gs::gates
