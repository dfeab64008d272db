#include "lib/app/setup.h"

#include "lib/app/installation.h"

namespace gs::app {

std::vector<std::string> set_up_repository(Session& session) {
  const git::Layout& layout = session.repository().layout();
  if (session.pinned()) note_integration_branch(layout, session.policy().integration_branch);
  session.state().create();
  if (layout.main_worktree) add_exclude(layout, session.policy().state_dir);
  return install_hooks(layout);
}

}  // namespace gs::app
