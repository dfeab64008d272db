#include "lib/app/setup.h"

#include "lib/app/installation.h"
#include "lib/core/error.h"

namespace gs::app {

std::vector<std::string> set_up_repository(Session& session) {
  const git::Layout& layout = session.repository().layout();
  if (session.pinned()) note_integration_branch(layout, session.policy().integration_branch);
  session.state().create();
  if (layout.main_worktree) add_exclude(layout, session.policy().state_dir);
  return install_hooks(layout);
}

std::vector<std::string> set_up_server(Session& session) {
  const git::Layout& layout = session.repository().layout();
  if (layout.main_worktree) {
    throw core::Error(core::ExitCode::usage, "--server is for a bare repository",
                      "git stream install");
  }
  if (session.pinned()) note_integration_branch(layout, session.policy().integration_branch);
  return install_server_hooks(layout);
}

}  // namespace gs::app
