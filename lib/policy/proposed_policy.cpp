#include "lib/policy/proposed_policy.h"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/format.h>
#include <string_view>

#include "lib/core/text.h"
#include "lib/policy/check.h"

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

// A flow sequence: ["a", "b"]; broken into lines where it is long.
std::string yaml_list(const std::vector<std::string>& texts, std::size_t indent) {
  std::string line, out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string word = yaml_quoted(texts[i]) + (i + 1 < texts.size() ? ", " : "");
    if (!line.empty() && indent + line.size() + word.size() > 120) {
      out += line.substr(0, line.size() - 1) + '\n' + std::string(indent, ' ');
      line.clear();
    }
    line += word;
  }
  return '[' + out + line + ']';
}

std::string streams_text(const std::vector<ProposedStream>& streams) {
  if (streams.empty()) {
    return "streams: {}\n"
           "#  A:\n"
           "#    name: Foundation\n"
           "#    depends_on: []\n"
           "#    agents:\n"
           "#      A1: {scope: Config module, files: [\"config/**\"]}\n";
  }
  std::string out = "streams:\n";
  for (std::size_t i = 0; i < std::min(streams.size(), kMostStreams); ++i) {
    const std::string id = stream_letters(i);
    const ProposedStream& stream = streams[i];
    out += fmt::format("  {}:\n    name: {}", id, yaml_quoted(stream.name));
    if (!stream.reason.empty()) out += "  # " + core::printable(stream.reason);
    out += "\n    depends_on: []\n    agents:\n";
    const std::string begin = fmt::format("      {}1: {{files: ", id);
    out += begin + yaml_list(stream.patterns, begin.size() + 1) + "}\n";
  }
  if (streams.size() > kMostStreams) {
    out += fmt::format("# {} more folders have no stream yet\n", streams.size() - kMostStreams);
  }
  return out;
}

std::string shared_text(const std::vector<std::string>& patterns) {
  if (patterns.empty()) return "shared: []\n";
  std::string out = "shared:\n";
  for (const std::string& pattern : patterns) out += "  - " + yaml_quoted(pattern) + '\n';
  return out;
}

std::string python_text(const ProposedPolicy& proposed) {
  std::vector<std::string> roots;
  for (const std::string& root : proposed.python_roots) roots.push_back(root.empty() ? "." : root);
  std::string out;
  if (!roots.empty())
    out +=
        "  # Folders in which absolute imports find their modules, as the imports here show.\n  "
        "roots: " +
        yaml_list(roots, 10) + '\n';
  if (!proposed.python_ignore.empty())
    out += "  # Without these imports more layers hold.\n  ignore: " +
           yaml_list(proposed.python_ignore, 11) + '\n';
  return out.empty() ? out : "python:\n" + out + '\n';
}

std::string layers_text(const std::vector<core::Layer>& layers, std::size_t imports) {
  if (layers.empty()) {
    const char* const why =
        imports == 0 ? "# No module here imports another one."
                     : "# Left open: every package here imports every other, in circles.";
    return std::string(why) +
           "\nlayers: []\n"
           "#  - {name: foundation, modules: [config, utils]}\n"
           "#  - {name: applications, modules: [api, ui]}\n";
  }
  std::string out = fmt::format(
      "# All {} imports that count keep to these today. What imports each other in a circle is in "
      "one "
      "layer; a layer has the name of the\n"
      "# member that most others import.\nlayers:\n",
      imports);
  for (const core::Layer& layer : layers) {
    const std::string begin = fmt::format("  - {{name: {}, modules: ", yaml_quoted(layer.name));
    out += begin + yaml_list(layer.modules, begin.size() + 1) + "}\n";
  }
  return out;
}

std::string checks_text(const std::vector<ProposedCheck>& checks) {
  if (checks.empty()) {
    return "# Left open: no settings of a linter, type checker or test runner were found.\n"
           "# validate:\n"
           "#  - {name: tests, run: [pytest, tests/], timeout: 30m}\n";
  }
  std::string out = "validate:\n";
  for (const ProposedCheck& check : checks) {
    out += fmt::format("  - {{name: {}, run: {}", check.step.name, yaml_list(check.step.run, 20));
    if (check.step.timeout) out += fmt::format(", timeout: {}m", check.step.timeout->count() / 60);
    out += "}";
    if (!check.reason.empty()) out += "  # " + core::printable(check.reason);
    out += '\n';
  }
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

# Each worktree's link to the locks, logs and handoffs of all worktrees; never committed.
state_dir: .claude/state

# Who works where. A stream has a branch and a worktree; `depends_on` names the streams that must be merged first; `files` are
# git's patterns, from the root. What is in no scope is locked by whoever changes it first.
{streams}
# Anyone in a stream may change these without a lock.
{shared}
# Nobody in a stream may change these.
protected:
  - .streams.yaml
  - ".claude/settings*.json"

{python}# Which modules may import which: from the lowest layer to the highest, imports point down only.
{layers}
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

# Runs after every merge into the integration branch, in this order. Without this key git-stream runs what it knows (types, imports,
# tests in a folder `tests`, layers); with `validate: []` nothing.
{validate}
# What `git stream spawn A1` runs in the stream's worktree, for example:
# agent_command: [claude, --task-file, "{{task_file}}", --agent-id, "{{agent}}", --log-file, "{{log_file}}"]

# What there is to do, by stream and agent.
tasks: []
#  - {{title: First task, stream: A, agent: A1, priority: P1, status: todo}}
)";

}  // namespace

std::string policy_text(const ProposedPolicy& proposed) {
  const std::string& name = proposed.integration_branch.str();
  const std::string integration = branch_fault(name) ? "develop" : name;
  return fmt::format(fmt::runtime(kText), fmt::arg("integration", yaml_quoted(integration)),
                     fmt::arg("branch", branch_rule(integration)),
                     fmt::arg("streams", streams_text(proposed.streams)),
                     fmt::arg("shared", shared_text(proposed.shared)),
                     fmt::arg("python", python_text(proposed)),
                     fmt::arg("layers", layers_text(proposed.layers, proposed.imports)),
                     fmt::arg("validate", checks_text(proposed.checks)));
}

}  // namespace gs::policy
