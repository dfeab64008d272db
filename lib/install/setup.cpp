#include "lib/install/setup.h"

#include "lib/install/installation.h"
#include "lib/core/error.h"

namespace gs::install {

std::vector<std::string> set_up_repository(session::Session& session) {
  const git::Layout& layout = session.repository().layout();
  if (session.pinned()) policy::note_integration_branch(layout, session.policy().integration_branch);
  session.state().create();
  if (layout.main_worktree) add_exclude(layout, session.policy().state_dir);
  return install_hooks(layout);
}

std::vector<std::string> set_up_server(session::Session& session) {
  const git::Layout& layout = session.repository().layout();
  if (layout.main_worktree) {
    throw core::Error(core::ExitCode::usage, "--server is for a bare repository",
                      "git stream install");
  }
  if (session.pinned()) policy::note_integration_branch(layout, session.policy().integration_branch);
  return install_server_hooks(layout);
}

}  // namespace gs::install
