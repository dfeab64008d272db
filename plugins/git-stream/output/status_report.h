#pragma once
// What `git stream status` knows, and how it is said.

#include <string>
#include <vector>

#include "lib/install/installation.h"
#include "lib/core/json_writer.h"
#include "lib/streams/lifecycle/status.h"
#include "plugins/git-stream/output/status_tiers.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

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
  std::string tier;    // in words
  std::string policy;  // in words
  std::string state;   // the folder
  core::Identity identity;
  core::Instant now{};
  std::size_t locks_held = 0;
};

StatusReport status_report(session::Session& session);

// `columns`: the terminal's, 0 for none. `brief`: without what seldom changes.
std::vector<Line> status_lines(const StatusReport& report, std::size_t columns, bool brief = false);
// The table of streams, and for each what needs attention.
std::vector<Line> stream_lines(const StatusReport& report, std::size_t columns);
std::string streams_summary(const streams::Overview& overview);
// A time that is over, for people: "3 min ago".
std::string ago(core::Instant time, core::Instant now);

// The members of the --json answer.
void write_status(core::JsonWriter& json, session::Session& session, const StatusReport& report);

bool in_place(const install::HookReport& hook);

}  // namespace gs::command
