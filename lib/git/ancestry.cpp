// Which commit descends from which: see Repository::is_ancestor.
#include "lib/git/ancestry.h"

#include "lib/core/error.h"
#include "lib/git/handles.h"
#include "lib/git/objects.h"
#include "lib/process/process.h"

namespace gs::git {

namespace {

// libgit2 1.5 does not know where a shallow history ends.
bool ask_git(const std::filesystem::path& git_dir, const core::ObjectId& ancestor,
             const core::ObjectId& descendant) {
  process::Command command;
  command.argv = {"git", "merge-base", "--is-ancestor", ancestor.hex(), descendant.hex()};
  command.set = {"GIT_DIR=" + git_dir.string(), "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none"};
  const process::Result result = process::run(command);
  if (result.status > 1)
    throw core::Error(core::ExitCode::broken,
                      "cannot compare commits " + ancestor.hex() + " and " + descendant.hex() +
                          ": " + result.errors.substr(0, result.errors.find('\n')));
  return result.status == 0;
}

}  // namespace

bool descends(const Objects& objects, const Layout& layout, const core::ObjectId& ancestor,
              const core::ObjectId& descendant) {
  if (ancestor == descendant) return true;
  std::error_code ignored;
  if (std::filesystem::exists(layout.common_dir / "shallow", ignored))
    return ask_git(layout.git_dir, ancestor, descendant);
  // Asked first because libgit2 1.5 leaks its queue when a commit turns out to be missing.
  for (const core::ObjectId& commit : {ancestor, descendant}) {
    if (objects.type(commit) != GIT_OBJECT_COMMIT) throw MissingObject(commit);
  }
  int status = 0;
  const auto repository = make_handle<RepositoryHandle>(
      status, [&](git_repository** out) { return git_repository_wrap_odb(out, objects.handle()); });
  check(status, "cannot open the repository");
  const git_oid from = to_oid(descendant), to = to_oid(ancestor);
  status = git_graph_descendant_of(repository.get(), &from, &to);
  if (status < 0) return ask_git(layout.git_dir, ancestor, descendant);
  return status > 0;
}

}  // namespace gs::git
