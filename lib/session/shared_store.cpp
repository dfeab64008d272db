#include "lib/session/shared_store.h"

namespace gs::session {

std::string coordination_remote(Session& session) {
  const git::Layout& layout = session.repository().layout();
  const auto recorded = policy::recorded_remotes(layout);
  if (recorded && !recorded->empty()) return recorded->front().name;
  const std::string branch = session.policy().integration_branch.str();
  const auto tracked = session.repository().config("branch." + branch + ".remote");
  return tracked && !tracked->empty() && *tracked != "." ? *tracked : "origin";
}

std::unique_ptr<coordination::LeaseStore> shared_store(Session& session, bool interactive) {
  const core::Coordination& settings = session.policy().coordination;
  if (settings.store == core::Store::files) return nullptr;
  return coordination::open_store(
      settings, {session.repository().layout().common_dir, session.state().activity(),
                 coordination_remote(session), interactive});
}

}  // namespace gs::session
