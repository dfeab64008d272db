#include "lib/agents/tool_call_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <set>

#include "analyzers/judge.h"
#include "analyzers/ownership.h"
#include "lib/agents/edit_locks.h"
#include "lib/agents/session_identity.h"
#include "lib/agents/shell/command_check.h"
#include "lib/core/error.h"
#include "lib/core/path_form.h"
#include "lib/core/pattern.h"
#include "lib/core/policy.h"
#include "lib/core/text.h"
#include "lib/gates/auto_locks.h"
#include "lib/gates/leases/lease_sync.h"
#include "lib/gates/leases/stale_locks.h"
#include "lib/gates/reporting.h"
#include "lib/git/files.h"
#include "lib/process/process.h"
#include "lib/session/known_locks.h"
#include "lib/session/owner.h"
#include "lib/state/clock.h"
#include "lib/state/locks.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using core::Finding;
using core::Rule;
using core::Severity;
using core::Verdict;
using Where = PathLocation::Where;

// Tools of MCP servers for files, and the arguments that name what they change.
struct ServerTools {
  std::string_view names, paths;
};
constexpr std::array kServerTools{
    ServerTools{"write_file edit_file create_file append_file patch_file delete_file remove_file",
                "path file_path filepath filename file paths"},
    ServerTools{"move_file rename_file",
                "path file_path source destination target old_path new_path from to"},
    ServerTools{"copy_file", "destination target new_path to"}};

void refuse(std::vector<Finding>& findings, Rule rule, const std::string& path, std::string message,
            std::string hint) {
  findings.push_back({rule, Severity::block, path, 0, std::move(message), std::move(hint)});
}

// What is not a file of this worktree, for those who work in a stream.
void judge_elsewhere(const Intent& intent, bool outsider, std::vector<Finding>& findings) {
  for (const FileChange& change : intent.changes) {
    const PathLocation& location = change.location;
    if (location.where == Where::state) {
      refuse(findings, Rule::protected_path, location.path,
             "is the streams' shared state, which only git stream changes", "git stream -h");
    } else if (location.where == Where::git && !outsider) {
      refuse(findings, Rule::protected_path, location.path,
             "is git's own: hooks, settings and identities are not edited by hand", kPerson);
    } else if (location.where == Where::worktree && !outsider) {
      refuse(findings, Rule::scope, location.path,
             "is in another worktree: " + core::quote_path(location.top.string()), kPerson);
    }
  }
}

// The paths of this worktree; true: it is only removed.
using Paths = std::map<std::string, bool>;

Paths paths_of(const Intent& intent) {
  Paths paths;
  for (const FileChange& change : intent.changes) {
    if (change.location.where != Where::inside) continue;
    const auto [path, added] = paths.try_emplace(change.location.path, change.removed);
    if (!added) path->second = path->second && change.removed;
  }
  return paths;
}

core::ChangeSet changes_of(const Paths& paths) {
  core::ChangeSet changes;
  for (const auto& [path, removed] : paths) {
    core::Change change;
    change.path = path;
    change.new_mode = core::mode::file;
    changes.push_back(std::move(change));
  }
  return changes;
}

// Those that git passes over, and does not track.
std::set<std::string> ignored_of(const git::Layout& layout, const std::vector<std::string>& paths) {
  process::Command command{{"git", "check-ignore", "-z", "--stdin"},
                           layout.worktree->string(),
                           process::local_git_variables(),
                           {},
                           ""};
  for (const std::string& path : paths) command.input->append(path).append(1, '\0');
  const process::Result result = process::run(command);
  std::set<std::string> ignored;
  for (std::string_view rest = result.output; !rest.empty();) {
    const std::string_view path = rest.substr(0, rest.find('\0'));
    ignored.emplace(path);
    rest.remove_prefix(std::min(path.size() + 1, rest.size()));
  }
  return ignored;
}

bool exists(const git::Layout& layout, const std::string& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(*layout.worktree / path, ignored));
}

// Whether the commit has something there, whatever the spelling where names are folded.
bool has_path(const git::Repository& repository, const core::ObjectId& commit,
              const std::string& path) {
  if (repository.entry(commit, path)) return true;
  const bool ignore_case = repository.ignore_case();
  if (!ignore_case && core::is_ascii(path)) return false;
  std::vector<fs::path> found{""};
  for (const fs::path& part : fs::path(path)) {
    std::vector<fs::path> deeper;
    for (const fs::path& folder : found) {
      for (const std::string& name : repository.names(commit, folder.native()))
        if (core::same_path(name, part.native(), ignore_case)) deeper.push_back(folder / name);
    }
    found = std::move(deeper);
  }
  return !found.empty();
}

// What no commit will ever see: files that are ignored, and the end of files that no commit has.
// Asked only of those that are in the way of something.
void leave_out_unseen(const git::Repository& repository, const Verdict& verdict, Paths& paths) {
  std::vector<std::string> asked = verdict.to_lock;
  for (const Finding& finding : verdict.findings) {
    if (finding.rule == Rule::scope || finding.rule == Rule::unowned ||
        finding.rule == Rule::outsider)
      asked.push_back(finding.path);
  }
  std::set<std::string> unseen;
  if (!asked.empty()) unseen = ignored_of(repository.layout(), asked);
  const auto head = repository.head();
  for (const std::string& path : asked) {
    const auto found = paths.find(path);
    const bool removed = found != paths.end() && found->second;
    if (removed && exists(repository.layout(), path) &&
        !(head && has_path(repository, *head, path)))
      unseen.insert(path);
  }
  for (const std::string& path : unseen) paths.erase(path);
}

// What an agent can do when a file is not its to change.
void add_next_steps(session::Session& session, Verdict& verdict) {
  const core::ScopeMap scopes(session.policy(), session.identity(),
                              session.repository().ignore_case());
  for (Finding& finding : verdict.findings) {
    if (!finding.hint.empty()) continue;
    const auto owners = scopes.place(finding.path).owners;
    finding.hint = finding.rule != Rule::scope || owners.empty()
                       ? kPerson
                       : "git stream ask " + owners.front().short_name() + " " +
                             core::quote_shell("please change " + core::quote_path(finding.path));
  }
}

struct Judged {
  Verdict verdict;
  core::LockTable locks;
};

void judge_paths(session::Session& session, const Paths& paths, Judged& judged) {
  const core::ChangeSet changes = changes_of(paths);
  std::vector<std::string> names;
  for (const core::Change& change : changes) names.push_back(change.path);
  const bool ignore_case = session.repository().ignore_case();
  judged.locks = session::known_locks(session, names);
  judged.verdict = analyzers::judge({changes, session.policy(), judged.locks, session.identity(),
                                     session.now(), &state::offset_at, ignore_case, ":/"});
  // A warning would be one at each edit: the commit's gate has it.
  if (auto stale = gates::judge_stale(session, changes);
      stale && session.policy().coordination.stale == core::Action::block)
    judged.verdict.findings.push_back(std::move(*stale));
}

Judged judge(session::Session& session, const Intent& intent) {
  Judged judged;
  Paths paths = paths_of(intent);
  if (!paths.empty()) judge_paths(session, paths, judged);
  const std::size_t all = paths.size();
  leave_out_unseen(session.repository(), judged.verdict, paths);
  if (paths.size() < all) judge_paths(session, paths, judged);
  std::erase_if(judged.verdict.to_lock, [&](const std::string& path) {
    return paths.at(path) && !exists(session.repository().layout(), path);
  });
  std::vector<Finding>& findings = judged.verdict.findings;
  judge_elsewhere(intent, session.identity().outsider(), findings);
  findings.insert(findings.end(), intent.findings.begin(), intent.findings.end());
  add_next_steps(session, judged.verdict);
  return judged;
}

// What is free and nobody's is taken; what is ours and half over is renewed.
state::LockRequest request_for(session::Session& session, const Judged& judged) {
  std::vector<std::string> paths;
  for (const std::string& path : judged.verdict.to_lock)
    paths.push_back(core::literal_pattern(session.repository().precomposed(path)));
  const core::Seconds half = session.policy().lock_ttl / 2;
  for (const core::Lock& lock : judged.locks) {
    if (lock.is_of(session.identity().name()) && lock.live(session.now()) && lock.automatic &&
        lock.expires - session.now() <= half)
      paths.push_back(lock.path);
  }
  state::LockRequest request = gates::lock_request(session, std::move(paths));
  request.automatic = true;
  return request;
}

// Somebody may have been faster: what is in the way then.
Verdict take_locks(session::Session& session, const Call& call, const Judged& judged) {
  Verdict lost;
  const state::LockRequest request = request_for(session, judged);
  if (request.paths.empty()) return lost;
  const core::Instant now = state::now();
  const state::LockOutcome outcome = state::acquire(session.state(), request, now);
  gates::log_locks(session, outcome);
  note_taken_locks(session, call, outcome.taken);
  for (const state::Held& held : outcome.held) {
    refuse(lost.findings, Rule::lock, held.path,
           analyzers::describe_hold(held.lock, now, &state::offset_at),
           analyzers::wait_command(held.lock, ":/" + held.path, now));
  }
  return lost;
}

const char* what_of(const Call& call) {
  return call.kind == ToolKind::shell ? "command" : "edit";
}

Decision denied(session::Session& session, const Call& call, const Verdict& verdict) {
  if (const auto reason = gates::bypass_reason();
      reason && session.policy().rules.bypass == core::Bypass::allow) {
    gates::log_verdict(session, "bypassed", what_of(call), verdict, *reason, {}, call.tool);
    return {};
  }
  gates::log_verdict(session, "blocked", what_of(call), verdict, "", {}, call.tool);
  return {Decision::Kind::deny, gates::verdict_text(verdict, session.identity(), what_of(call))};
}

// A command that could not be read to its end, and does what may be none of the agent's business.
Decision unread(session::Session& session, const std::string& trouble) {
  return {Decision::Kind::ask, "git-stream: not all of a command could be judged for " +
                                   session::describe(session.identity()) + "\n  the command " +
                                   trouble + ", and runs git, deletes or writes\n" +
                                   "    next: say it in plainer or fewer words\n"};
}

fs::path folder_of(const Call& call) {
  return call.cwd.empty() ? fs::current_path() : fs::path(call.cwd);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    words.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(std::min(words.back().size() + 1, text.size()));
  }
  return words;
}

// The arguments of a server's tool that name files, as the policy or our own table has it.
std::vector<std::string> server_paths(const core::Policy& policy, const Call& call) {
  // "mcp__files__write_file", "MCP:write_file" and "files-write_file" are all write_file.
  const auto is_called = [&](std::string_view name) {
    const std::string_view tool = call.tool;
    if (!tool.ends_with(name)) return false;
    const std::size_t before = tool.size() - name.size();
    return before == 0 ||
           std::string_view("_-:/.").find(tool[before - 1]) != std::string_view::npos;
  };
  for (const core::AgentTool& tool : policy.agent_tools) {
    if (is_called(tool.name))
      return arguments_of(call,
                          std::vector<std::string_view>(tool.paths.begin(), tool.paths.end()));
  }
  for (const ServerTools& row : kServerTools) {
    const auto names = words_of(row.names);
    if (std::any_of(names.begin(), names.end(), is_called))
      return arguments_of(call, words_of(row.paths));
  }
  return {};
}

std::string from_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2 &&
                        value != 0;
    out += escape ? static_cast<char>(value) : text[i];
    if (escape) i += 2;
  }
  return out;
}

// A path as programs give it: an address of a file, or one that starts at the user's folder.
std::string plain_path(const std::string& given) {
  for (const std::string_view start : {"file://localhost/", "file:///"}) {
    if (given.starts_with(start)) return from_hex(std::string_view(given).substr(start.size() - 1));
  }
  const char* home = std::getenv("HOME");
  if (home != nullptr && (given == "~" || given.starts_with("~/"))) return home + given.substr(1);
  return given;
}

}  // namespace

Intent intent_of(session::Session& session, const Call& call) {
  const fs::path folder = folder_of(call);
  if (call.kind == ToolKind::shell) return command_intent(session, folder, call.command);
  Intent intent;
  const git::Layout& layout = session.repository().layout();
  const bool server = call.kind == ToolKind::server;
  for (const std::string& given : server ? server_paths(session.policy(), call) : call.paths) {
    const std::string path = plain_path(given);
    if (!fs::path(path).is_absolute() && !git::is_folder(folder))
      throw core::Error(core::ExitCode::usage,
                        "the working directory is gone: " + core::quote_path(folder.string()),
                        "name the file by its whole path");
    for (PathLocation& location : locate_path(layout, session.state().root(), folder, path))
      intent.changes.push_back({std::move(location), false});
  }
  return intent;
}

namespace {

// Who stands in a worktree that has lost its `.git`, or writes into one, is nobody there.
std::optional<Decision> denied_as_lost(session::Session& session, const Call& call,
                                       const fs::path& folder) {
  const auto lost = session::lost_worktree(session, folder);
  if (!lost) return std::nullopt;
  session.act_as({});
  Verdict verdict;
  refuse(verdict.findings, Rule::scope, lost->path.string(),
         "is the worktree of " + lost->stream + " and " + lost->how, lost->repair);
  return denied(session, call, verdict);
}

}  // namespace

Decision check_tool_call(session::Session& session, const Call& call) {
  if (auto decision = denied_as_lost(session, call, folder_of(call))) return *decision;
  const Intent intent = intent_of(session, call);
  const git::Layout& layout = session.repository().layout();
  for (const FileChange& change : intent.changes) {
    if (change.location.where != Where::inside) continue;
    const fs::path folder = (*layout.worktree / change.location.path).parent_path();
    if (auto decision = denied_as_lost(session, call, folder)) return *decision;
  }
  SessionIdentity session_identity(session, call.session, changes_of(paths_of(intent)));
  Judged judged = judge(session, intent);
  session_identity.add_refusals(judged.verdict.findings);
  const Verdict& verdict = judged.verdict;
  if (verdict.blocks()) return denied(session, call, verdict);
  const Verdict lost = take_locks(session, call, judged);
  if (lost.blocks()) return denied(session, call, lost);
  session_identity.settle();
  gates::sync_in_background(session);
  if (!intent.trouble.empty()) return unread(session, intent.trouble);
  if (verdict.findings.empty()) return {};
  return {Decision::Kind::pass, gates::verdict_text(verdict, session.identity(), what_of(call))};
}

}  // namespace gs::agents
