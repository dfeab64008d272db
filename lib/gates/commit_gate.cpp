#include "lib/gates/commit_gate.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/trailers.h"
#include "lib/gates/auto_locks.h"
#include "lib/gates/judge_change.h"
#include "lib/gates/judged_commits.h"
#include "lib/gates/leases/lease_sync.h"
#include "lib/gates/leases/stale_locks.h"
#include "lib/gates/next_steps.h"
#include "lib/gates/reporting.h"
#include "lib/git/refs/history.h"
#include "lib/install/chained_hook.h"
#include "lib/install/hook_files.h"
#include "lib/install/installation.h"
#include "lib/platform/file.h"
#include "lib/process/process.h"
#include "lib/state/files.h"

namespace gs::gates {

namespace {

using core::ExitCode;
using core::Finding;
using core::Rule;
using core::Verdict;

// What tells whether a hook in between has changed the index: git replaces it by rename.
std::optional<platform::FileStamp> index_stamp(const git::Repository& repository) {
  const char* name = std::getenv("GIT_INDEX_FILE");
  return platform::file_stamp(name != nullptr ? name : repository.layout().git_dir / "index");
}

void add_next_steps(session::Session& session, const StagedChange& change, Verdict& verdict) {
  for (Finding& finding : verdict.findings) {
    if (finding.hint.empty() && !is_about_content(finding.rule))
      finding.hint = step_at_index(session, change.other_parents, finding.path);
  }
}

Verdict judge_staged(session::Session& session, const StagedChange& change) {
  Verdict verdict = judge_change(session, change.tree(), top_prefix());
  add_conflicts(session, verdict);
  if (auto stale = judge_stale(session, change.judged))
    verdict.findings.push_back(std::move(*stale));
  add_next_steps(session, change, verdict);
  return verdict;
}

// Another hook manager may have taken a place since, and nothing else would say so: pre-commit
// looks after all the others, and post-commit after pre-commit. Some microseconds.
void warn_of_displaced(const HookRun& run, std::span<const std::string_view> watched) {
  if (run.script().empty()) return;
  const std::filesystem::path folder = run.script().parent_path();
  const auto lost = [&](std::string_view hook) { return !install::hook_is_reached(folder, hook); };
  if (std::none_of(watched.begin(), watched.end(), lost)) return;
  std::vector<std::string> names;
  for (const std::string_view hook : install::judged_hooks()) {
    if (lost(hook)) names.emplace_back(hook);
  }
  std::string list = names.front();
  for (std::size_t i = 1; i < names.size(); ++i)
    list += (i + 1 < names.size() ? ", " : " and ") + names[i];
  std::fprintf(stderr,
               "git-stream: warning: %s %s no longer ours in %s; next: git stream install\n",
               list.c_str(), names.size() == 1 ? "is" : "are", folder.c_str());
}

constexpr char kMergeHook[] = "pre-merge-commit";

// One gate before a commit.
struct CommitGate {
  GateName name;
  StagedChange (*look)(const git::Repository& repository);
};

int judge_and_chain(HookRun& run, const CommitGate& gate) {
  session::Session& session = run.session();
  StagedChange change = gate.look(session.repository());
  if (repairs_policy(session, change.tree().whole)) return run.chain();
  Verdict verdict = judge_staged(session, change);
  if (!pass(session, verdict, gate.name)) return static_cast<int>(ExitCode::findings);
  if (run.has_chain()) {
    const auto before = index_stamp(session.repository());
    if (const int status = run.chain(); status != 0) return status;
    if (index_stamp(session.repository()) != before) {
      change = gate.look(session.repository());
      verdict = judge_staged(session, change);
      if (!pass(session, verdict, gate.name)) return static_cast<int>(ExitCode::findings);
    }
  }
  if (!take_locks(session, verdict, gate.name, top_prefix()))
    return static_cast<int>(ExitCode::findings);
  say_unseen_move(session);
  std::vector<std::string> locked = std::move(verdict.held);
  locked.insert(locked.end(), verdict.to_lock.begin(), verdict.to_lock.end());
  record_judged(session, change.base, change.other_parents, change.tree().whole, locked);
  return 0;
}

int judge_before_commit(HookRun& run, const CommitGate& gate) {
  try {
    return judge_and_chain(run, gate);
  } catch (const core::Error& error) {
    if (!bypasses_damage(run.session(), error)) throw;
    return run.chain();
  }
}

StagedChange look_at_merge(const git::Repository& repository) {
  return {repository, repository.automatic_merge_heads()};
}

StagedChange look_at_index(const git::Repository& repository) {
  return install::within_chain_of(kMergeHook) ? look_at_merge(repository)
                                              : StagedChange(repository);
}

constexpr CommitGate kCommit{{"pre-commit", "commit"}, look_at_index};
constexpr CommitGate kMerge{{kMergeHook, "merge"}, look_at_merge};

}  // namespace

int judge_index(HookRun& run) {
  const int status = judge_before_commit(run, kCommit);
  if (status == 0) {
    std::vector<std::string_view> others = install::judged_hooks();
    std::erase(others, "pre-commit");
    warn_of_displaced(run, others);
  }
  return status;
}

int judge_merge(HookRun& run) {
  return judge_before_commit(run, kMerge);
}

int note_commit(HookRun& run) {
  session::Session& session = run.session();
  try {
    log_commit(session);
    sync_in_background(session);
  } catch (const core::Error& error) {
    std::fprintf(stderr, "git-stream: the commit is made, but not logged: %s\n", error.what());
  }
  constexpr std::array<std::string_view, 1> kWatched{"pre-commit"};
  warn_of_displaced(run, kWatched);
  const int status = run.chain();
  look_after_concluded_merge(session);
  return status;
}

void look_after_concluded_merge(session::Session& session) {
  namespace fs = std::filesystem;
  const git::Repository& repository = session.repository();
  const auto head = repository.head();
  if (!head || git::commit(repository, *head).parents.size() < 2) return;
  const fs::path& git_dir = repository.layout().git_dir;
  if (fs::exists(git_dir / "rebase-merge") || fs::exists(git_dir / "rebase-apply")) return;
  std::vector<std::string> command = install::own_hook("post-merge");
  if (!fs::exists(command.front())) return;
  command.emplace_back(kConcluded);
  process::run_attached({std::move(command), {}, {}, {}, {}});
}

namespace {

constexpr std::size_t kLargestMessage = 64 << 20;  // with the diff that `commit -v` shows

// With "auto" git has chosen one by now, and begun its own lines at the end with it.
std::string chosen_comment(std::string_view message) {
  constexpr std::string_view kCandidates = "#;@!$%^&|:";
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  const std::size_t start = message.rfind('\n') + 1;
  const char first = start < message.size() ? message[start] : '#';
  return kCandidates.find(first) == kCandidates.npos ? "#" : std::string(1, first);
}

// What begins the lines that git drops from a message.
std::string comment_mark(const git::Repository& repository, std::string_view message) {
  for (const char* key : {"core.commentstring", "core.commentchar"}) {
    if (const auto mark = repository.config(key); mark && !mark->empty())
      return *mark == "auto" ? chosen_comment(message) : *mark;
  }
  return "#";
}

// Whether they stay: git says by this editor that it starts none, and then drops them only when it
// is told to. `source`: of the message; without one an editor is used whatever it is.
bool keeps_comments(const git::Repository& repository, std::string_view source) {
  const char* editor = std::getenv("GIT_EDITOR");
  return !source.empty() && editor != nullptr && std::string_view(editor) == ":" &&
         repository.config("commit.cleanup") != "strip";
}

std::vector<core::Trailer> trailers_of(const core::Identity& who) {
  std::vector<core::Trailer> trailers;
  if (who.agent) trailers.push_back({"Agent", who.agent->full()});
  if (who.stream) trailers.push_back({"Stream", who.stream->str()});
  return trailers;
}

void sign(session::Session& session, const std::filesystem::path& file, std::string_view source) {
  if (!session.policy().trailers || session.identity().outsider()) return;
  const auto message = state::read_file(file, kLargestMessage);
  if (!message) return;
  const git::Repository& repository = session.repository();
  const std::string mark = comment_mark(repository, *message);
  const core::Comments comments{mark, keeps_comments(repository, source)};
  if (core::blank_message(*message, comments)) return;
  const std::string text = core::add_trailers(*message, trailers_of(session.identity()), comments);
  if (text == *message) return;
  state::AtomicFile out(file, state::AtomicFile::Durability::cache);
  out.write(text);
  out.commit();
}

}  // namespace

int sign_message(HookRun& run) {
  if (const int status = run.chain(); status != 0) return status;
  if (run.arguments().empty()) return 0;
  try {
    sign(run.session(), run.arguments()[0], run.arguments().size() > 1 ? run.arguments()[1] : "");
  } catch (const core::Error&) {
    // The other hooks of this commit meet the same, and say it.
  }
  return 0;
}

}  // namespace gs::gates
