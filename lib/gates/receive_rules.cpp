#include "lib/gates/receive_rules.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>

#include "lib/core/text.h"
#include "lib/git/refs/history.h"

namespace gs::gates {

namespace {

using core::Finding;
using core::ObjectId;
using core::Policy;
using core::Rule;
using core::Severity;

bool lists(const core::AgentSpec& agent, const std::string& name) {
  return std::find(agent.pushers.begin(), agent.pushers.end(), name) != agent.pushers.end();
}

// The agents that somebody may push as, by stream.
std::map<core::StreamId, std::vector<core::AgentId>> roles_of(const Policy& policy,
                                                              const std::string& name) {
  std::map<core::StreamId, std::vector<core::AgentId>> roles;
  for (const core::StreamSpec& stream : policy.streams) {
    for (const core::AgentSpec& agent : stream.agents) {
      if (lists(agent, name)) roles[stream.id].push_back(agent.id);
    }
  }
  return roles;
}

bool has_pushers(const Policy& policy, const core::StreamId& id) {
  const core::StreamSpec* stream = policy.find_stream(id);
  return stream != nullptr && std::any_of(stream->agents.begin(), stream->agents.end(),
                                          [](const auto& one) { return !one.pushers.empty(); });
}

core::Identity as(const core::StreamId& stream, const std::vector<core::AgentId>& agents) {
  core::Identity who{stream, std::nullopt, core::Identity::Source::branch};
  if (agents.size() == 1) who.agent = agents.front();
  return who;
}

// What a move takes away from its branch.
class Loss {
 public:
  Loss(session::Session& session, const RefMove& move, const std::vector<RefMove>& moves)
      : repository_(session.repository()),
        policy_(session.policy()),
        moves_(moves),
        before_(*git::known_commit(repository_, *move.before)),
        after_(move.after ? git::known_commit(repository_, *move.after) : std::nullopt) {}

  // The commits that the branch had and nothing of `kept` has.
  std::size_t commits_without(std::vector<ObjectId> kept) const {
    if (after_) kept.push_back(*after_);
    return git::commits_between(repository_, kept, before_).size();
  }

  // What the integration branch and the stream's other branches will hold when the push is done.
  std::vector<ObjectId> kept_for(const core::StreamId& stream) const {
    std::map<std::string, ObjectId> refs;
    for (const auto& [branch, tip] : git::branches(repository_))
      refs["refs/heads/" + branch.str()] = tip;
    for (const RefMove& move : moves_) {
      const auto tip = move.after ? git::known_commit(repository_, *move.after) : std::nullopt;
      refs.erase(move.ref);
      if (tip) refs[move.ref] = *tip;
    }
    std::vector<ObjectId> kept;
    for (const auto& [ref, tip] : refs) {
      if (branch_of(ref) == policy_.integration_branch || stream_of_ref(policy_, ref) == stream)
        kept.push_back(tip);
    }
    return kept;
  }

  // The files that the branch had changed and that are nowhere in that form, nor changed anew by
  // what takes the branch's place.
  std::vector<std::string> paths() const {
    const auto integration = repository_.resolve("refs/heads/" + policy_.integration_branch.str());
    const auto base = after_        ? git::merge_base(repository_, before_, *after_)
                      : integration ? git::merge_base(repository_, before_, *integration)
                                    : std::nullopt;
    std::vector<git::Commit> since;  // of the integration branch
    if (integration) {
      since = git::commits_between(repository_, base ? std::vector{*base} : std::vector<ObjectId>{},
                                   *integration);
    }
    // As a squash merge has put it there.
    const auto was_in = [&](const core::Change& change) {
      return std::any_of(since.begin(), since.end(), [&](const git::Commit& commit) {
        return git::has_result(repository_, commit.id, change);
      });
    };
    std::vector<std::string> lost;
    for (const core::Change& change : git::changes_between(repository_, base, before_)) {
      const bool changed_anew = after_ && !git::has_original(repository_, *after_, change);
      if (!changed_anew && !was_in(change)) lost.push_back(change.path);
    }
    return lost;
  }

 private:
  const git::Repository& repository_;
  const Policy& policy_;
  const std::vector<RefMove>& moves_;
  ObjectId before_;
  std::optional<ObjectId> after_;
};

LocatedFinding about(const RefMove& move, Rule rule, core::Action action, std::string message,
                     std::string hint) {
  const Severity severity = action == core::Action::warn ? Severity::warn : Severity::block;
  return {Finding{rule, severity, move.ref, 0, std::move(message), std::move(hint)}, {}};
}

std::string short_name(const RefMove& move) {
  const auto branch = branch_of(move.ref);
  return core::quote_shell(branch ? branch->str() : move.ref);
}

std::string files_text(const std::vector<std::string>& paths) {
  std::string text = core::quote_path(paths.front());
  if (paths.size() > 1) text += " and " + core::counted(paths.size() - 1, "other file");
  return text;
}

}  // namespace

std::optional<std::string> pusher_in_environment() {
  constexpr std::array kVariables{"GL_USERNAME",  "GITEA_PUSHER_NAME", "GL_USER",
                                  "BB_USER_NAME", "REMOTE_USER",       "GIT_STREAM_PUSHER"};
  for (const char* variable : kVariables) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return std::string(value);
  }
  return std::nullopt;
}

core::Identity identity_of_pusher(const Policy& policy, const std::optional<std::string>& pusher,
                                  const RefMove& move) {
  const auto stream = stream_of_ref(policy, move.ref);
  if (pusher) {
    const auto roles = roles_of(policy, *pusher);
    const auto own = stream ? roles.find(*stream) : roles.end();
    if (own != roles.end()) return as(own->first, own->second);
    if (roles.size() == 1) return as(roles.begin()->first, roles.begin()->second);
    if (!roles.empty() || (stream && has_pushers(policy, *stream))) return {};
  }
  if (!stream) return {};
  return {stream, std::nullopt, core::Identity::Source::branch};
}

namespace {

// Of a stream's branch, where the pusher is known and the policy says who may.
std::optional<LocatedFinding> judge_pusher(const Policy& policy, const RefMove& move,
                                           const core::StreamId& stream,
                                           const std::string& pusher) {
  const bool may = roles_of(policy, pusher).contains(stream);
  // Who acts as another stream is told so by judge_ref().
  if (may || !identity_of_pusher(policy, pusher, move).outsider()) return std::nullopt;
  return about(
      move, Rule::scope, policy.rules.scope,
      "is stream " + stream.str() + "'s branch, and " + core::printable(pusher) +
          " is none of its pushers",
      "git show " + policy.integration_branch.str() + ":" + std::string(core::kPolicyFile));
}

std::optional<LocatedFinding> judge_integration_loss(const RefMove& move, const Loss& loss) {
  const std::size_t gone = move.after ? loss.commits_without({}) : 0;  // else judge_ref() says it
  if (gone == 0) return std::nullopt;
  return about(move, Rule::protected_path, core::Action::block,
               "is the integration branch, and would lose " + core::counted(gone, "commit"),
               "git pull --rebase origin " + short_name(move));
}

std::optional<LocatedFinding> judge_stream_loss(const Policy& policy, const RefMove& move,
                                                const core::StreamId& stream, const Loss& loss) {
  if (loss.commits_without(loss.kept_for(stream)) == 0) return std::nullopt;
  const std::vector<std::string> paths = loss.paths();
  if (paths.empty()) return std::nullopt;
  return about(move, Rule::scope, policy.rules.scope,
               "would lose what stream " + stream.str() + " has changed: " + files_text(paths),
               move.after ? "git pull --rebase origin " + short_name(move)
                          : "git stream merge " + stream.str());
}

}  // namespace

std::optional<LocatedFinding> judge_received_move(session::Session& session, const RefMove& move,
                                                  const std::vector<RefMove>& moves,
                                                  const std::optional<std::string>& pusher) {
  const Policy& policy = session.policy();
  const auto stream = stream_of_ref(policy, move.ref);
  const bool integration = branch_of(move.ref) == policy.integration_branch;
  if (!integration && (!stream || policy.rules.scope == core::Action::off)) return std::nullopt;
  const bool known =
      stream && pusher && (!roles_of(policy, *pusher).empty() || has_pushers(policy, *stream));
  if (known) return judge_pusher(policy, move, *stream, *pusher);
  if (!move.before || !git::known_commit(session.repository(), *move.before)) return std::nullopt;
  const Loss loss(session, move, moves);
  return integration ? judge_integration_loss(move, loss)
                     : judge_stream_loss(policy, move, *stream, loss);
}

}  // namespace gs::gates
