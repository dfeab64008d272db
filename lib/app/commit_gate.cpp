#include "lib/app/commit_gate.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sys/stat.h>

#include "analyzers/held.h"
#include "lib/app/conflict_log.h"
#include "lib/app/gate_log.h"
#include "lib/app/gate_pass.h"
#include "lib/app/hook_slot.h"
#include "lib/app/installation.h"
#include "lib/app/judgement.h"
#include "lib/app/lock_request.h"
#include "lib/app/policy_change.h"
#include "lib/core/error.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/store/clock.h"
#include "lib/store/locks.h"

namespace gs::app {

namespace {

using core::ExitCode;
using core::Finding;
using core::Rule;
using core::Verdict;

constexpr GateName kGate{"pre-commit", "commit"};

// What tells whether a hook in between has changed the index: git replaces it by rename.
struct IndexStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec changed{};

  explicit IndexStamp(const git::Repository& repository) {
    const char* name = std::getenv("GIT_INDEX_FILE");
    const std::string file =
        name != nullptr ? name : (repository.layout().git_dir / "index").string();
    struct stat status {};
    if (stat(file.c_str(), &status) != 0) return;
    device = status.st_dev;
    inode = status.st_ino;
    size = status.st_size;
    changed = status.st_mtim;
  }
  bool operator==(const IndexStamp& other) const {
    return device == other.device && inode == other.inode && size == other.size &&
           changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
  }
};

// Hooks run at the top of the worktree, but their reader is where git was called.
std::string_view top_mark() {
  const char* prefix = std::getenv("GIT_PREFIX");
  return prefix != nullptr && *prefix != '\0' ? ":/" : "";
}

// The path as git's commands take it: a name that looks like a pattern is meant literally.
std::string as_pathspec(const std::string& path) {
  const bool magic = path.starts_with(':') || core::is_pattern(path);
  if (magic) return (top_mark().empty() ? ":(literal)" : ":(top,literal)") + path;
  return std::string(top_mark()) + path;
}

// A file may stay in, with other content.
bool is_about_content(Rule rule) {
  return rule == Rule::policy || rule == Rule::layer || rule == Rule::import_conflict ||
         rule == Rule::imports;
}

// At a commit, a path that may not go in can be taken out of the index.
void add_next_steps(Verdict& verdict) {
  for (Finding& finding : verdict.findings) {
    if (finding.hint.empty() && !is_about_content(finding.rule)) {
      finding.hint = "git restore --staged -- " + core::quote_shell(as_pathspec(finding.path));
    }
  }
}

Verdict judge_staged(Session& session, const StagedChange& change) {
  Verdict verdict = judge_change(session, change.tree(), top_mark());
  add_conflicts(session, verdict);
  add_next_steps(verdict);
  return verdict;
}

// Takes the locks that the verdict asks for; somebody may have been faster.
bool take_locks(Session& session, const Verdict& verdict) {
  if (verdict.to_lock.empty()) return true;
  std::vector<std::string> patterns;
  for (const std::string& path : verdict.to_lock) patterns.push_back(core::literal_pattern(path));
  store::LockRequest request = lock_request(session, std::move(patterns));
  request.automatic = true;
  const core::Instant now = store::now();
  const store::LockOutcome outcome = store::acquire(session.state(), request, now);
  log_locks(session, outcome);
  Verdict lost;
  for (const store::Held& held : outcome.held) {
    const auto index =
        std::find(request.paths.begin(), request.paths.end(), held.path) - request.paths.begin();
    const std::string& path = verdict.to_lock.at(static_cast<std::size_t>(index));
    lost.findings.push_back(
        {Rule::lock, core::Severity::block, path, 0,
         analyzers::describe_hold(held.lock, now, &store::offset_at),
         analyzers::wait_command(held.lock, std::string(top_mark()) + held.path, now)});
  }
  return pass(session, lost, kGate);
}

// Another hook manager may have taken a place since, and nothing else would say so. Each of ours
// looks after the other: a few microseconds.
void warn_of_displaced(const HookRun& run, std::string_view other) {
  if (run.script().empty()) return;
  const std::filesystem::path folder = run.script().parent_path();
  if (hook_is_reached(folder, other)) return;
  std::string lost;
  for (const std::string_view hook : judged_hooks()) {
    if (!hook_is_reached(folder, hook)) lost += (lost.empty() ? "" : " and ") + std::string(hook);
  }
  const char* verb = lost.find(' ') == lost.npos ? "is" : "are";
  std::fprintf(stderr,
               "git-stream: warning: %s %s no longer ours in %s; next: git stream install\n",
               lost.c_str(), verb, folder.c_str());
}

int judge_and_chain(HookRun& run) {
  Session& session = run.session();
  const StagedChange change(session.repository());
  if (repairs_policy(session, change.judged)) return run.chain();
  Verdict verdict = judge_staged(session, change);
  if (!pass(session, verdict, kGate)) return static_cast<int>(ExitCode::findings);
  if (run.has_chain()) {
    const IndexStamp before(session.repository());
    if (const int status = run.chain(); status != 0) return status;
    if (!(IndexStamp(session.repository()) == before)) {
      verdict = judge_staged(session, StagedChange(session.repository()));
      if (!pass(session, verdict, kGate)) return static_cast<int>(ExitCode::findings);
    }
  }
  if (!take_locks(session, verdict)) return static_cast<int>(ExitCode::findings);
  warn_of_displaced(run, "post-commit");
  return 0;
}

}  // namespace

int judge_index(HookRun& run) {
  try {
    return judge_and_chain(run);
  } catch (const core::Error& error) {
    if (!bypasses_damage(run.session(), error)) throw;
    return run.chain();
  }
}

int note_commit(HookRun& run) {
  Session& session = run.session();
  try {
    log_commit(session);
  } catch (const core::Error& error) {
    std::fprintf(stderr, "git-stream: the commit is made, but not logged: %s\n", error.what());
  }
  warn_of_displaced(run, "pre-commit");
  return run.chain();
}

}  // namespace gs::app
