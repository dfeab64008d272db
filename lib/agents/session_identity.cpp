#include "lib/agents/session_identity.h"

#include <algorithm>

#include "lib/core/pattern.h"
#include "lib/session/identity.h"

namespace gs::agents {

using core::AgentSpec;
using core::Identity;

namespace {

bool is_of(const core::Policy& policy, const core::AgentId& agent, const core::StreamId& stream) {
  const core::StreamSpec* own = policy.stream_of(agent);
  return own != nullptr && own->id == stream;
}

}  // namespace

SessionIdentity::SessionIdentity(session::Session& session, const std::string& program_session,
                                 const core::ChangeSet& changes)
    : session_(session), program_session_(program_session) {
  if (program_session.empty() || !session::belongs_to_stream(session.repository())) return;
  const Identity& who = session.identity();
  if (!who.stream) return;
  const auto bound =
      session::find_binding(session.repository().layout().git_dir, program_session, session.now());
  const bool known =
      bound && (!bound->agent || is_of(session.policy(), *bound->agent, *who.stream));
  if (known) {
    session.act_as({who.stream, bound->agent, Identity::Source::worktree});
  } else if (session.pinned()) {
    // What the environment says may be another session's.
    session.act_as({who.stream, std::nullopt, Identity::Source::worktree});
    choose(changes);
  }
}

void SessionIdentity::choose(const core::ChangeSet& changes) {
  const core::StreamSpec* stream = session_.policy().find_stream(*session_.identity().stream);
  if (stream == nullptr) return;
  const auto taken = session::read_bindings(session_.repository().layout().git_dir, session_.now());
  const auto is_taken = [&](const AgentSpec& agent) {
    return std::any_of(taken.begin(), taken.end(),
                       [&](const auto& binding) { return binding.agent == agent.id; });
  };
  const bool ignore_case = session_.repository().ignore_case();
  for (const core::Change& change : changes) {
    const AgentSpec* other = nullptr;
    bool free = false;
    for (const AgentSpec& agent : stream->agents) {
      if (!core::PatternList(agent.files, ignore_case).matches(change.path)) continue;
      if (is_taken(agent)) {
        other = &agent;
        continue;
      }
      free = true;
      if (!chosen_) chosen_ = agent.id;
    }
    if (other != nullptr && !free)
      refusals_.push_back(
          {core::Rule::scope, core::Severity::block, change.path, 0,
           "belongs to " + other->id.full() + ", and another session works as it",
           "git stream ask " + other->id.short_name() + " 'what this session needs'"});
  }
  if (chosen_) session_.act_as({session_.identity().stream, chosen_, Identity::Source::worktree});
}

void SessionIdentity::add_refusals(std::vector<core::Finding>& findings) const {
  for (const core::Finding& refusal : refusals_) {
    const bool said = std::any_of(findings.begin(), findings.end(), [&](const auto& finding) {
      return finding.rule == refusal.rule && finding.path == refusal.path;
    });
    if (!said) findings.push_back(refusal);
  }
}

void SessionIdentity::settle() const {
  if (!chosen_) return;
  session::bind_session(session_.repository().layout().git_dir,
                        {program_session_, chosen_, session_.now()});
}

}  // namespace gs::agents
