#pragma once
// The repository's rules as plain values (contract, section 2). lib/policy reads them from YAML.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/pattern.h"
#include "lib/core/time.h"

namespace gs::core {

inline constexpr std::string_view kPolicyFile = ".streams.yaml";
// What `git stream start` writes into a stream's worktree: nobody's work.
inline constexpr std::string_view kAiIgnoreFile = ".aiignore";

enum class Parallel { full, partial, none };
enum class Action { block, warn, off };      // what a broken rule does
enum class Unowned { lock, allow, block };   // files in nobody's scope
enum class Outsider { allow, warn, block };  // worktrees that belong to no stream
enum class Bypass { allow, block };          // GIT_STREAM_BYPASS
enum class Worktrees { stream, agent };  // whether `start` makes one for all agents, or one each
// What follows a merge into the integration branch: steps that git waits for, steps that it does
// not wait for, or none.
enum class ValidateMode { foreground, background, off };
enum class Store { files, git, etcd };  // where clones share their locks and logs; files: nowhere

struct AgentSpec {
  AgentId id;
  std::string scope;               // for people
  std::vector<std::string> files;  // patterns
  std::vector<AgentId> after;
  std::vector<std::string> pushers = {};  // who may push as this agent, as the host names them

  bool operator==(const AgentSpec&) const = default;
};

struct StreamSpec {
  StreamId id;
  std::string name;
  Parallel parallel = Parallel::full;
  std::vector<StreamId> depends_on;
  std::vector<AgentSpec> agents;

  bool operator==(const StreamSpec&) const = default;
};

struct Layer {
  std::string name;
  std::vector<std::string> modules;  // dotted prefixes
  bool independent = false;          // no imports between its members

  bool operator==(const Layer&) const = default;
};

struct Rules {
  Action scope = Action::block, lock = Action::block, layer = Action::block,
         import_conflict = Action::warn, branch_name = Action::block;
  Unowned unowned = Unowned::lock;
  Outsider outsider = Outsider::allow;
  Bypass bypass = Bypass::allow;

  bool operator==(const Rules&) const = default;
};

// How clones on several machines work together (contract, section 12).
struct Coordination {
  Store store = Store::files;
  std::string remote;  // a name or an address; empty: the integration branch's
  // What a gate does where it does not know whether what it knows of other clones still holds.
  Action stale = Action::warn;
  std::vector<std::string> endpoints = {};  // etcd's: "https://HOST:PORT"
  std::string prefix = {};                  // of this repository's keys in etcd

  bool operator==(const Coordination&) const = default;
};

struct ValidateStep {
  std::string name;
  std::vector<std::string> run;  // argv
  std::optional<Seconds> timeout;

  bool operator==(const ValidateStep&) const = default;
};

struct TaskSpec {
  std::string title, priority, status;
  std::optional<StreamId> stream;
  std::optional<AgentId> agent;
  std::uint32_t tenths_of_days = 0;  // an estimate; 0: none

  bool operator==(const TaskSpec&) const = default;
};

// A tool of an agent's program that writes files, and the arguments that name them.
struct AgentTool {
  std::string name;
  std::vector<std::string> paths;
  bool operator==(const AgentTool&) const = default;
};

struct Policy {
  int version = 1;
  BranchName integration_branch{"develop"};
  std::string branch = "feature/stream-{stream}-{slug}";
  std::string worktree = "../{repo}-stream-{stream}";
  Worktrees worktrees = Worktrees::stream;
  std::string state_dir = ".claude/state";   // each worktree's link to the state
  std::vector<StreamSpec> streams;           // in the file's order
  std::vector<std::string> shared, protect;  // patterns; `protected` in the file
  std::vector<Layer> layers;                 // index = level
  std::vector<std::string> python_roots;     // empty: the default roots
  std::vector<std::string> python_ignore;    // type_checking, dynamic
  Seconds lock_ttl{3600}, lock_max_ttl{24 * 3600};
  bool lock_auto = true;
  Coordination coordination;
  Rules rules;
  bool trailers = false;  // Agent: and Stream: in the messages of streams' commits
  std::vector<ValidateStep> validate;
  bool validate_given = false;  // steps; otherwise what the tree calls for is run
  ValidateMode validate_mode = ValidateMode::foreground;
  std::vector<std::string> agent_command;
  std::vector<std::string> agent_hooks;  // dialects whose settings `start` installs
  std::vector<AgentTool> agent_tools;    // besides those that are known
  std::vector<TaskSpec> tasks;
  bool branches_ignore_case = false;  // of the repository, not of the file: git::folds_ref_names

  bool operator==(const Policy&) const = default;

  const StreamSpec* find_stream(const StreamId& id) const;
  const AgentSpec* find_agent(const AgentId& id) const;
  const StreamSpec* stream_of(const AgentId& id) const;
  // Of "agent-F1" or "stream-F": as Identity::name() writes it in logs and records.
  const StreamSpec* stream_of_name(std::string_view name) const;
};

// The stream whose naming rule this branch follows; with several, the one with the longest id.
// Where names of branches are folded, a branch that follows none as it is may do so in other
// letters.
std::optional<StreamId> stream_of_branch(const Policy& policy, const BranchName& branch);

// ---- Whose is a path? (contract, section 4)

enum class Standing { protected_path, mine, shared, foreign, unowned };

struct Place {
  Standing standing = Standing::unowned;
  std::vector<AgentId> owners;  // for `foreign`: everybody whose scope it is, in the policy's order
};

// The policy's patterns, ready to be asked from one identity's point of view. For an outsider
// nothing is `mine`. Keeps no reference to the policy.
class ScopeMap {
 public:
  ScopeMap(const Policy& policy, const Identity& identity, bool ignore_case);

  Place place(std::string_view path) const;

 private:
  struct Scope {
    AgentId agent;
    bool mine;
    PatternList patterns;
  };
  PatternList protected_, shared_;
  std::vector<Scope> scopes_;
  bool ignore_case_;
};

// ---- "importer -> target": imports that layers pass over, as policies write them in
// python.ignore.

// Whether this is meant as such a rule, right or wrong.
inline bool looks_like_edge_rule(std::string_view text) {
  return text.find("->") != std::string_view::npos;
}

class EdgeRule {
 public:
  // Both sides are dotted; a component is a name, `*` (any one) or `**` (any number, none too:
  // `a.**` is a and all below it). Nothing when the text is not well-formed.
  static std::optional<EdgeRule> parse(std::string_view text);

  bool matches(std::string_view importer, std::string_view target) const;

 private:
  std::vector<std::string> importer_, target_;
};

// Why a text is no such rule ("'a*' mixes '*' with a name", …); nothing when it is one.
std::optional<std::string> edge_rule_fault(std::string_view text);

}  // namespace gs::core
