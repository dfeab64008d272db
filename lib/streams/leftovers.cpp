#include "lib/streams/leftovers.h"

#include <algorithm>

#include "lib/coordination/memory_file.h"
#include "lib/coordination/open_store.h"
#include "lib/core/error.h"
#include "lib/core/policy.h"
#include "lib/git/refs/history.h"
#include "lib/install/installation.h"
#include "lib/streams/lifecycle/ai_ignore.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;

// Below the common git directory, and below that of each linked worktree.
constexpr char kFolder[] = "stream";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

// In one step for whoever looks on, so that nothing is taken for a state that has lost a part.
void take_away(const fs::path& path) {
  try {
    const fs::path aside = path.string() + ".purged";
    fs::remove_all(aside);
    fs::rename(path, aside);
    fs::remove_all(aside);
  } catch (const fs::filesystem_error& error) {
    throw core::Error(core::ExitCode::broken, std::string("cannot remove: ") + error.what(),
                      "git stream uninstall --all --purge");
  }
}

// Not those of others, for whom this repository may be the store.
std::vector<std::string> own_store_refs(const git::Layout& layout) {
  std::vector<std::string> refs{"refs/stream/seen"};
  try {
    const coordination::MemoryFile file(coordination::coordination_folder(layout.common_dir));
    if (const auto memory = file.peek())
      refs.push_back("refs/stream/log/" + memory->host.self.str());
  } catch (const core::Error&) {
    // It is not known which log is its own.
  }
  return refs;
}

void remove_store_refs(const git::Layout& layout) {
  if (!is_there(coordination::coordination_folder(layout.common_dir))) return;
  std::vector<std::string> list{"for-each-ref", "--format=delete %(refname)"};
  for (std::string& ref : own_store_refs(layout)) list.push_back(std::move(ref));
  const fs::path& folder = working_folder(layout);
  run_git_in(folder, {"update-ref", "--stdin"}, {}, git_output_in(folder, std::move(list)));
}

}  // namespace

Leftovers find_leftovers(session::Session& session, const std::vector<fs::path>& enrolled) {
  const git::Repository& repository = session.repository();
  const core::Policy& policy = session.policy();
  Leftovers left;
  const auto add = [&](const fs::path& path) {
    if (is_there(path)) left.own.push_back(path);
  };
  add(repository.layout().common_dir / kFolder);
  for (const git::Worktree& worktree : repository.worktrees()) {
    const fs::path notes = worktree.git_dir / kFolder;
    const bool noted = is_there(notes);
    if (worktree.git_dir != repository.layout().common_dir) add(notes);
    if (!worktree.prunable && has_own_ai_ignore(worktree.path))
      left.own.push_back(worktree.path / core::kAiIgnoreFile);
    const bool of_stream = noted ||
                           (worktree.branch && core::stream_of_branch(policy, *worktree.branch)) ||
                           std::ranges::find(enrolled, worktree.path) != enrolled.end();
    if (of_stream && !worktree.main && !worktree.prunable) left.worktrees.push_back(worktree.path);
  }
  for (const auto& [branch, tip] : git::branches(repository)) {
    if (core::stream_of_branch(policy, branch)) left.branches.push_back(branch);
  }
  const auto& top = repository.layout().worktree;
  left.policy = top && is_there(*top / std::string(core::kPolicyFile));
  return left;
}

std::vector<fs::path> purge(session::Session& session, const Leftovers& leftovers) {
  const git::Repository& repository = session.repository();
  const std::string state_dir = session.policy().state_dir;
  for (const git::Worktree& worktree : repository.worktrees()) unlock_after_work(worktree);
  install::remove_exclude(repository.layout(), state_dir);
  unexclude_ai_ignore(repository.layout());
  remove_store_refs(repository.layout());
  for (const fs::path& path : leftovers.own) take_away(path);
  return leftovers.own;
}

}  // namespace gs::streams
