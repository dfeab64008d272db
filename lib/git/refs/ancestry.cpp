// Which commit descends from which: see Repository::is_ancestor.
#include "lib/git/refs/ancestry.h"

#include "lib/core/error.h"
#include "lib/git/run_git.h"
#include "lib/git/libgit2.h"
#include "lib/git/objects/object_database.h"

namespace gs::git {

namespace {

bool descends_by_git(const Layout& layout, const core::ObjectId& ancestor,
                     const core::ObjectId& descendant) {
  const process::Result result =
      ask_git(layout.git_dir, {"merge-base", "--is-ancestor", ancestor.hex(), descendant.hex()});
  if (result.status > 1) {
    throw core::Error(core::ExitCode::broken, "cannot compare commits " + ancestor.hex() + " and " +
                                                  descendant.hex() + ": " +
                                                  first_line(result.errors));
  }
  return result.status == 0;
}

}  // namespace

bool descends(const Objects& objects, const Layout& layout, const core::ObjectId& ancestor,
              const core::ObjectId& descendant) {
  if (ancestor == descendant) return true;
  if (is_shallow(layout)) return descends_by_git(layout, ancestor, descendant);
  for (const core::ObjectId& commit : {ancestor, descendant}) objects.require_commit(commit);
  const RepositoryHandle repository = objects.wrapped();
  const git_oid from = to_oid(descendant), to = to_oid(ancestor);
  const int status = git_graph_descendant_of(repository.get(), &from, &to);
  if (status < 0) return descends_by_git(layout, ancestor, descendant);
  return status > 0;
}

}  // namespace gs::git
