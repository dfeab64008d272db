#include "lib/policy/policy_file.h"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <fmt/format.h>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/policy/check.h"
#include "lib/policy/grammar.h"

namespace gs::policy {

namespace {

using core::Policy;

constexpr int kVersion = 1;

void read_version(Reader& reader, const YamlNode& node, Policy& policy) {
  const std::string given = reader.text(node);
  int version = 0;
  const char* const end = given.data() + given.size();
  const auto [stop, error] = std::from_chars(given.data(), end, version);
  if (error == std::errc() && stop == end && version > kVersion) {
    reader.fail(node, fmt::format("version: {} is newer than this git-stream reads", version),
                fmt::format("update git-stream; this one reads version: {}", kVersion));
  }
  if (error != std::errc() || stop != end || version != kVersion) {
    reader.fail(node, fmt::format("there is no version {}", in_quotes(given)),
                fmt::format("write version: {}", kVersion));
  }
  policy.version = version;
}

void read_integration_branch(Reader& reader, const YamlNode& node, Policy& policy) {
  const std::string name = reader.text(node);
  if (const auto fault = branch_fault(name)) {
    reader.fail(node, fmt::format("branch {} {}", in_quotes(name), *fault),
                "a branch as 'git branch' lists it: develop");
  }
  policy.integration_branch = core::BranchName(name);
  reader.references.integration_branch = &node;
}

// A text with placeholders, {stream} among them.
std::string stream_template(Reader& reader, const YamlNode& node,
                            std::span<const std::string_view> known) {
  std::string text = reader.text(node);
  if (const auto unknown = unknown_placeholder(text, known)) {
    reader.fail(node, fmt::format("unknown placeholder '{{{}}}' in '{}'", *unknown, reader.key()),
                word_hint(*unknown, {known.begin(), known.end()}));
  }
  if (text.find("{stream}") == std::string::npos) {
    reader.fail(node, fmt::format("'{}' lacks '{{stream}}'", reader.key()),
                "without it all streams would get the same one");
  }
  return text;
}

void read_branch(Reader& reader, const YamlNode& node, Policy& policy) {
  static constexpr std::string_view kKnown[] = {"stream", "slug"};
  policy.branch = stream_template(reader, node, kKnown);
  // Matching a branch against the rule tries every length of every {slug}: one is enough.
  for (const std::string placeholder : {"{stream}", "{slug}"}) {
    if (policy.branch.find(placeholder) != policy.branch.rfind(placeholder)) {
      reader.fail(node, fmt::format("'branch' has '{}' twice", placeholder));
    }
  }
  const std::string sample = filled(filled(policy.branch, "stream", "A"), "slug", "x");
  if (const auto fault = branch_fault(sample)) {
    reader.fail(node, fmt::format("'branch' makes {}, which {}", in_quotes(sample), *fault),
                "git-check-ref-format(1) says what a branch may be called");
  }
  reader.references.branch = &node;
}

void read_worktree(Reader& reader, const YamlNode& node, Policy& policy) {
  static constexpr std::string_view kKnown[] = {"repo", "stream", "slug"};
  policy.worktree = stream_template(reader, node, kKnown);
}

void read_worktrees(Reader& reader, const YamlNode& node, Policy& policy) {
  static constexpr Word<core::Worktrees> kWords[] = {{"stream", core::Worktrees::stream},
                                                     {"agent", core::Worktrees::agent}};
  policy.worktrees = reader.word(node, kWords);
}

void read_state_dir(Reader& reader, const YamlNode& node, Policy& policy) {
  policy.state_dir = reader.text(node);
  if (!stays_inside(policy.state_dir)) {
    reader.fail(node, fmt::format("state_dir {} leaves the main worktree", in_quotes(node.text)),
                "relative to it, without '..': .claude/state");
  }
}

void read_agent_command(Reader& reader, const YamlNode& node, Policy& policy) {
  static constexpr std::string_view kKnown[] = {"task_file", "agent", "stream", "worktree",
                                                "log_file"};
  policy.agent_command = reader.argv(node);
  for (std::size_t i = 0; i < policy.agent_command.size(); ++i) {
    if (const auto unknown = unknown_placeholder(policy.agent_command[i], kKnown)) {
      reader.fail(*node.items[i], fmt::format("unknown placeholder '{{{}}}'", *unknown),
                  word_hint(*unknown, {std::begin(kKnown), std::end(kKnown)}));
    }
  }
}

const Field<Policy> kPolicy[] = {
    {"version", read_version, "version: 1"},
    {"integration_branch", read_integration_branch},
    {"branch", read_branch},
    {"worktree", read_worktree},
    {"worktrees", read_worktrees},
    {"state_dir", read_state_dir},
    {"streams", read_streams},
    {"shared", [](Reader& r, const YamlNode& n, Policy& policy) { policy.shared = r.patterns(n); }},
    {"protected",
     [](Reader& r, const YamlNode& n, Policy& policy) { policy.protect = r.patterns(n); }},
    {"layers", read_layers},
    {"python", read_python},
    {"locks", read_locks},
    {"coordination", read_coordination},
    {"rules", read_rules},
    {"trailers",
     [](Reader& r, const YamlNode& n, Policy& policy) { policy.trailers = r.boolean(n); }},
    {"validate", read_validate},
    {"agent_command", read_agent_command},
    {"agent_hooks", read_agent_hooks},
    {"agent_tools", read_agent_tools},
    {"tasks", read_tasks},
};

// A newer version may know keys that this one does not: its number is what to complain about.
void read_version_first(Reader& reader, const YamlNode& root, Policy& policy) {
  for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
    if (root.items[i]->text != "version") continue;
    reader.at_key("version", [&] { read_version(reader, *root.items[i + 1], policy); });
  }
}

}  // namespace

Policy parse_policy(std::string_view yaml, std::string_view origin) {
  const Source source(yaml, origin);
  const Tree tree = read_tree(source);
  if (tree.root == nullptr || tree.root->kind == YamlNode::Kind::null) {
    source.fail({}, "the policy is empty", "it starts with 'version: 1'");
  }
  Reader reader(source);
  Policy policy;
  if (tree.root->kind == YamlNode::Kind::map) read_version_first(reader, *tree.root, policy);
  reader.fields<Policy>(*tree.root, kPolicy, "the policy", policy);
  check_references(reader, policy);
  return policy;
}

std::vector<KeySet> grammar_keys() {
  std::vector<KeySet> keys{key_set("", kPolicy)};
  std::vector<WordSet> words;
  add_stream_grammar(keys, words);
  add_settings_grammar(keys, words);
  add_work_grammar(keys, words);
  return keys;
}

std::vector<WordSet> grammar_words() {
  std::vector<KeySet> keys;
  std::vector<WordSet> words;
  add_stream_grammar(keys, words);
  add_settings_grammar(keys, words);
  add_work_grammar(keys, words);
  return words;
}

// The policy that `git stream init` writes where there is none.

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

# Each worktree's link to the locks, logs and handoffs of all worktrees; never committed.
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
