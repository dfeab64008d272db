#include "lib/app/policy_change.h"

#include "lib/core/error.h"
#include "lib/policy/policy_file.h"

namespace gs::app {

namespace {

const core::Change* policy_change(const core::ChangeSet& changes) {
  for (const core::Change& change : changes) {
    if (change.path == core::kPolicyFile) return &change;
  }
  return nullptr;
}

}  // namespace

std::optional<core::Finding> judge_policy_change(const git::Repository& repository,
                                                 const core::ChangeSet& changes) {
  const core::Change* change = policy_change(changes);
  if (change == nullptr || change->new_mode == core::mode::none) return std::nullopt;
  core::Finding finding{core::Rule::policy, core::Severity::block, change->path, 0, {}, {}};
  if (change->new_mode != core::mode::file && change->new_mode != core::mode::executable) {
    finding.message = "is no regular file";
    return finding;
  }
  try {
    policy::parse_policy(repository.blob(change->new_id), core::kPolicyFile);
  } catch (const core::Error& error) {
    if (error.code() != core::ExitCode::usage) throw;
    finding.message = error.what();
    finding.hint = error.hint();
    return finding;
  }
  return std::nullopt;
}

bool repairs_policy(Session& session, const core::ChangeSet& changes) {
  try {
    session.pinned();
    return false;
  } catch (const core::Error&) {
    const bool brings_policy = policy_change(changes) != nullptr;
    if (!brings_policy || claims_identity(session.repository()) ||
        judge_policy_change(session.repository(), changes)) {
      throw;
    }
    return true;
  }
}

}  // namespace gs::app
