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

}  // namespace gs::policy
