#pragma once
// What `git stream status` knows, and how it is said.

#include <string>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/json.h"
#include "lib/core/policy.h"
#include "lib/install/installation.h"
#include "lib/streams/lifecycle/status.h"
#include "lib/streams/validation/steps.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

// ---- The tiers at which a change can be judged, and which of them hold here
// (docs/enforcement.md).

struct Tier {
  std::string name;                // "commit", "ref update", "push", "server"
  std::vector<std::string> gates;  // that make it: all of them are needed
  bool in_force = false;
};

// In the order in which a change passes them. "server" only where the repository is one.
std::vector<Tier> tiers_of(const std::vector<install::HookReport>& hooks);
// The strongest that holds: what goes past the others is judged there. Empty: none.
std::string strongest(const std::vector<Tier>& tiers);

// In words, with what they mean to who works here.
std::string tier_text(const std::vector<Tier>& tiers, const core::Identity& who,
                      const core::Policy& policy);

struct WorktreeRow {
  git::Worktree worktree;
  core::Identity identity;
  std::size_t locks = 0;
  bool of_stream = false;  // shown with its stream
  bool here = false;
};

struct StatusReport {
  streams::Overview overview;
  std::vector<WorktreeRow> worktrees;
  std::vector<install::HookReport> hooks;
  std::vector<Tier> tiers;
  std::string tier;                       // in words
  std::string policy;                     // in words
  std::vector<streams::Damage> warnings;  // about the policy and the state
  std::string branch;  // the integration branch and what its validation says; empty: no steps
  streams::ValidationState validation;
  std::string state;  // the folder
  core::Identity identity;
  core::Instant now{};
  std::size_t locks_held = 0;
};

StatusReport status_report(session::Session& session);

// `columns`: the terminal's, 0 for none. `brief`: without what seldom changes.
std::vector<Line> status_lines(const StatusReport& report, std::size_t columns, bool brief = false);
// The table of streams, and for each what needs attention.
std::vector<Line> stream_lines(const StatusReport& report, std::size_t columns);
// The agents and branches of other hosts, where any are known.
std::vector<Line> other_host_lines(const StatusReport& report);
// How old that knowledge is, in one line; empty: clones share nothing.
std::string other_hosts_summary(const StatusReport& report);
void write_other_hosts(core::JsonWriter& json, const StatusReport& report);
std::string streams_summary(const streams::Overview& overview);
// "+3 -1", by how many commits a branch and its base differ; "=" where by none.
std::string commits_text(const std::optional<git::Divergence>& divergence);
// A time that is over, for people: "3 min ago".
std::string ago(core::Instant time, core::Instant now);

// The members of the --json answer.
void write_status(core::JsonWriter& json, session::Session& session, const StatusReport& report);

bool in_place(const install::HookReport& hook);

}  // namespace gs::command
