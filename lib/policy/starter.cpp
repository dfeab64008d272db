// The policy that `git stream init` writes where there is none.

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "lib/core/utf8.h"
#include "lib/policy/names.h"
#include "lib/policy/policy_file.h"

namespace gs::policy {

namespace {

constexpr std::size_t kMostStreams = 200;

// A, B, … Z, AA, AB, …
std::string stream_letters(std::size_t index) {
  std::string letters;
  for (++index; index > 0; index = (index - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (index - 1) % 26));
  }
  return letters;
}

// In double quotes, as YAML reads it. Bytes that are no UTF-8 cannot be written there: `?`, which
// in a pattern stands for any of them.
std::string yaml_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = core::utf8_length(text);
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    if (length == 0) {
      out += '?';
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out + '"';
}

// The pattern for everything below a folder, its special characters taken literally.
std::string pattern_below(std::string_view folder) {
  std::string pattern;
  for (const char c : folder) {
    const bool negates = c == '!' && pattern.empty();
    if (negates || std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + "/**";
}

bool shared_by_habit(std::string_view folder) {
  static constexpr std::string_view kHabit[] = {"tests", "test", "docs", "doc"};
  return std::ranges::find(kHabit, folder) != std::end(kHabit);
}

// The first naming rule whose branches do not get in the integration branch's way.
std::string_view branch_rule(std::string_view integration) {
  static constexpr std::string_view kNameRules[] = {
      "feature/stream-{stream}-{slug}", "stream/{stream}-{slug}", "lane-{stream}-{slug}"};
  for (const std::string_view rule : kNameRules) {
    const std::string_view fixed = rule.substr(0, rule.find('{'));
    const bool folder = fixed.starts_with(std::string(integration) + '/');
    if (!folder && !integration.starts_with(fixed)) return rule;
  }
  return kNameRules[0];
}

struct Plan {
  std::vector<std::string> streams, shared;
};

Plan plan_of(const std::vector<std::string>& folders) {
  Plan plan{{}, {"tests/**", "docs/**"}};
  std::set<std::string_view> seen{"tests", "docs"};
  for (const std::string_view folder : folders) {
    const bool place = !folder.empty() && folder.find('/') == folder.npos && folder != ".." &&
                       folder != "." && folder.find('\0') == folder.npos;
    const bool habit = shared_by_habit(folder);
    if (!place || !seen.insert(folder).second) continue;
    (habit ? plan.shared : plan.streams)
        .push_back(habit ? pattern_below(folder) : std::string(folder));
  }
  return plan;
}

std::string streams_text(const std::vector<std::string>& folders) {
  if (folders.empty()) {
    return "streams: {}\n"
           "#  A:\n"
           "#    name: Foundation\n"
           "#    depends_on: []\n"
           "#    agents:\n"
           "#      A1: {scope: Config module, files: [\"config/**\"]}\n";
  }
  std::string out = "streams:\n";
  for (std::size_t i = 0; i < std::min(folders.size(), kMostStreams); ++i) {
    const std::string id = stream_letters(i);
    out += fmt::format("  {}:\n    name: {}\n    depends_on: []\n    agents:\n", id,
                       yaml_quoted(folders[i]));
    out += fmt::format("      {}1: {{files: [{}]}}\n", id, yaml_quoted(pattern_below(folders[i])));
  }
  if (folders.size() > kMostStreams) {
    out += fmt::format("# {} more folders have no stream yet\n", folders.size() - kMostStreams);
  }
  return out;
}

std::string shared_text(const std::vector<std::string>& patterns) {
  std::string out = "shared:\n";
  for (const std::string& pattern : patterns) out += "  - " + yaml_quoted(pattern) + '\n';
  return out;
}

constexpr std::string_view kText =
    R"(# Who may change what, and what must hold before work is merged. `git stream status` shows what
# follows from it; `man git-stream` and docs/policy.md describe every key.
version: 1

# Streams start from this branch and are merged back into it.
integration_branch: {integration}

# What a stream's branch is called, and where its worktree goes, seen from the main one.
branch: "{branch}"
worktree: "../{{repo}}-stream-{{stream}}"

# Locks, logs and handoffs: in the main worktree, for all worktrees, never committed.
state_dir: .claude/state

# The lanes. One for each folder to begin with: rename them, join them, split them. `depends_on`
# names the streams that must be merged first; `files` are git's patterns, from the root.
{streams}
# Anyone in a stream may change these without a lock.
{shared}
# Nobody in a stream may change these.
protected:
  - .streams.yaml
  - ".claude/settings*.json"

# Which modules may import which: from the lowest layer to the highest, imports point down only.
layers: []
#  - {{name: foundation, modules: [config, utils]}}
#  - {{name: applications, modules: [api, ui]}}

# A lock ends by itself after `ttl`; gates take free locks on files in nobody's scope (`auto`).
locks: {{ttl: 60m, auto: true}}

# What happens when a rule is broken: block, warn or off.
rules:
  scope: block            # files of another agent
  lock: block             # files that another agent has locked
  unowned: lock           # files in nobody's scope: lock, allow or block
  layer: block            # imports from a higher layer
  import-conflict: warn   # imports of what another stream is changing
  branch-name: block      # pushed branches that follow no naming rule
  outsider: allow         # worktrees that belong to no stream: allow, warn or block
  bypass: allow           # GIT_STREAM_BYPASS="reason" lets a person through: allow or block

# Runs after every merge into the integration branch, in this order.
validate: []
#  - {{name: tests, run: [pytest, tests/], timeout: 30m}}

# What `git stream spawn A1` runs in the stream's worktree, for example:
# agent_command: [claude, --task-file, "{{task_file}}", --agent-id, "{{agent}}", --log-file, "{{log_file}}"]

# What there is to do, by stream and agent.
tasks: []
#  - {{title: First task, stream: A, agent: A1, priority: P1, status: todo}}
)";

}  // namespace

std::string starter_policy(const std::vector<std::string>& folders,
                           const core::BranchName& integration_branch) {
  const Plan plan = plan_of(folders);
  const std::string& name = integration_branch.str();
  const std::string integration = branch_fault(name) ? "develop" : name;
  return fmt::format(fmt::runtime(kText), fmt::arg("integration", yaml_quoted(integration)),
                     fmt::arg("branch", branch_rule(integration)),
                     fmt::arg("streams", streams_text(plan.streams)),
                     fmt::arg("shared", shared_text(plan.shared)));
}

}  // namespace gs::policy
