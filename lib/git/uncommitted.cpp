#include "lib/git/uncommitted.h"

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>

#include "lib/core/error.h"
#include "lib/git/ask_git.h"
#include "lib/git/file_compare.h"
#include "lib/git/files.h"
#include "lib/git/objects.h"
#include "lib/git/refs.h"
#include "lib/git/settings.h"
#include "lib/git/staged.h"
#include "lib/git/worktree_walk.h"
#include "lib/process/process.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

// What the repository's settings say to all of its worktrees.
struct Rules {
  WalkRules walk;
  bool only_git = false;          // something is set that only git follows
  bool worktree_configs = false;  // a worktree may have settings of its own
};

std::string with_home(const std::string& path) {
  if (!path.starts_with("~/")) return path;
  return environment("HOME").value_or("/nonexistent") + path.substr(1);
}

// A file that a setting names, or that stands where git looks for it then.
fs::path user_file(const Repository& repository, const std::string& key, const char* name) {
  if (const auto set = repository.config(key)) return with_home(*set);
  const fs::path home = environment("HOME").value_or("/nonexistent");
  return fs::path(environment("XDG_CONFIG_HOME").value_or((home / ".config").string())) / "git" /
         name;
}

bool is_there(const fs::path& file) {
  struct stat status;
  return stat(file.c_str(), &status) == 0 && status.st_size > 0;
}

Rules rules_of(const Repository& repository) {
  const auto is = [&](const std::string& key, bool otherwise) {
    const auto value = repository.config(key);
    return value ? truth(value) : otherwise;
  };
  const fs::path common = repository.layout().common_dir;
  Rules rules;
  rules.only_git = is("core.ignorecase", false) || !is("core.symlinks", true) ||
                   is("core.sparsecheckout", false);
  rules.worktree_configs = is("extensions.worktreeconfig", false);
  rules.walk.trust_exec_bit = is("core.filemode", true);
  const std::string crlf = repository.config("core.autocrlf").value_or("false");
  rules.walk.attributes = crlf == "input" || truth(crlf) || is_there(common / "info/attributes") ||
                          is_there(user_file(repository, "core.attributesfile", "attributes")) ||
                          is_there("/etc/gitattributes");
  for (const fs::path& file :
       {common / "info/exclude", user_file(repository, "core.excludesfile", "ignore")}) {
    IgnoreFile patterns(read_file(file).value_or(""), "");
    if (!patterns.empty()) rules.walk.ignore.push_back(std::move(patterns));
  }
  return rules;
}

// The index file, mapped, and when it was written.
struct OpenIndex {
  platform::Mapping mapping;
  IndexTime written;
};
OpenIndex open_index(const fs::path& git_dir) {
  const platform::Descriptor file(open((git_dir / "index").c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!file || fstat(file.get(), &status) != 0 || status.st_size == 0) throw NeedsGit("no index");
  auto mapping = platform::Mapping::of(file, static_cast<std::size_t>(status.st_size));
  if (!mapping) throw NeedsGit("an index that cannot be mapped");
  return {std::move(*mapping),
          {static_cast<std::uint32_t>(status.st_mtim.tv_sec),
           static_cast<std::uint32_t>(status.st_mtim.tv_nsec)}};
}

Uncommitted look_ourselves(const Worktree& worktree, const Layout& layout, const Rules& rules,
                           Objects& objects) {
  std::error_code ignored;
  if (rules.only_git ||
      (rules.worktree_configs && fs::exists(worktree.git_dir / "config.worktree", ignored)))
    throw NeedsGit("settings of its own");
  const OpenIndex open = open_index(worktree.git_dir);
  const IndexFile index(open.mapping.bytes());
  const auto head = RefFiles(worktree.git_dir, layout.common_dir).follow("HEAD");
  const StagedDiff staged =
      diff_index(index, objects, head ? std::optional(objects.tree_of(*head)) : std::nullopt);
  WalkResult walk = walk_worktree(worktree.path, index, open.written, rules.walk);
  std::vector<std::string>& paths = walk.changed;
  for (const core::Change& change : staged.changes) paths.push_back(change.path);
  std::sort(paths.begin(), paths.end());
  const auto end = std::unique(paths.begin(), paths.end());
  return {static_cast<std::size_t>(end - paths.begin()), walk.untracked};
}

Uncommitted status_by_git(const Worktree& worktree) {
  process::Command command;
  command.argv = {"git",          "--no-optional-locks",     "status", "--porcelain", "-z",
                  "--no-renames", "--untracked-files=normal"};
  command.directory = worktree.path.string();
  command.unset = process::local_git_variables();
  command.set = {"GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none"};
  const process::Result result = process::run(command);
  if (result.status != 0)
    throw core::Error(core::ExitCode::broken, "git status failed: " + first_line(result.errors));
  Uncommitted found;
  for (std::string_view rest = result.output; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\0'), rest.size() - 1);
    ++(rest.starts_with("??") ? found.untracked : found.tracked);
    rest.remove_prefix(end + 1);
  }
  return found;
}

WorktreeLook look_at(const Worktree& worktree, const Layout& layout, const Rules& rules,
                     Objects& objects) {
  try {
    try {
      return {look_ourselves(worktree, layout, rules, objects), {}, false};
    } catch (const NeedsGit&) {
    } catch (const MissingObject&) {
    }
    return {status_by_git(worktree), {}, true};
  } catch (const std::exception& error) {
    return {std::nullopt, error.what(), false};
  }
}

}  // namespace

std::vector<WorktreeLook> look_for_uncommitted(const Repository& repository,
                                               const std::vector<Worktree>& worktrees) {
  constexpr std::size_t kMostThreads = 8, kAThread = 4;  // so many are worth another one
  std::vector<WorktreeLook> looks(worktrees.size());
  if (worktrees.empty()) return looks;
  const Layout layout = repository.layout();
  const Rules rules = rules_of(repository);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    Objects objects(layout.common_dir);  // libgit2's may not be shared between threads
    for (std::size_t i = next++; i < worktrees.size(); i = next++)
      looks[i] = look_at(worktrees[i], layout, rules, objects);
  };
  std::vector<std::jthread> others;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t threads = std::min({cores, kMostThreads, worktrees.size() / kAThread + 1});
  try {
    while (others.size() + 1 < threads) others.emplace_back(work);
  } catch (const std::system_error&) {
    // Fewer threads do as well.
  }
  work();
  others.clear();
  return looks;
}

}  // namespace gs::git
