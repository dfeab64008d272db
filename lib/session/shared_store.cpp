#include "lib/session/shared_store.h"

#include <filesystem>
#include <system_error>

#include "lib/coordination/memory_file.h"

namespace gs::session {

std::string coordination_remote(Session& session) {
  const git::Layout& layout = session.repository().layout();
  const auto recorded = policy::recorded_remotes(layout);
  if (recorded && !recorded->empty()) return recorded->front().name;
  const std::string branch = session.policy().integration_branch.str();
  const auto tracked = session.repository().config("branch." + branch + ".remote");
  return tracked && !tracked->empty() && *tracked != "." ? *tracked : "origin";
}

bool works_alone(Session& session) {
  const core::Coordination& settings = session.policy().coordination;
  if (settings.store != core::Store::git) return false;
  const git::Repository& repository = session.repository();
  const std::string remote =
      settings.remote.empty() ? coordination_remote(session) : settings.remote;
  if (remote.find_first_of(":/") != remote.npos || repository.config("remote." + remote + ".url"))
    return false;
  const auto recorded = policy::recorded_remotes(repository.layout());
  const coordination::MemoryFile memory(
      coordination::coordination_folder(repository.layout().common_dir));
  std::error_code none;
  return !(recorded && !recorded->empty()) && !std::filesystem::exists(memory.file(), none);
}

std::unique_ptr<coordination::LeaseStore> shared_store(Session& session, bool interactive) {
  const core::Coordination& settings = session.policy().coordination;
  if (settings.store == core::Store::files || works_alone(session)) return nullptr;
  return coordination::open_store(
      settings, {session.repository().layout().common_dir, session.state().activity(),
                 coordination_remote(session), interactive});
}

}  // namespace gs::session
