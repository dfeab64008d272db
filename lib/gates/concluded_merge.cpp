#include "lib/gates/concluded_merge.h"

#include "lib/install/own_programs.h"
#include "lib/git/refs/history.h"
#include "lib/process/process.h"

namespace gs::gates {

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

}  // namespace gs::gates
