#include "lib/gates/policy_change.h"

#include <cstdlib>

#include "lib/core/error.h"
#include "lib/policy/policy_file.h"

namespace gs::gates {

namespace {

const core::Change* policy_change(const core::ChangeSet& changes) {
  for (const core::Change& change : changes) {
    if (change.path == core::kPolicyFile) return &change;
  }
  return nullptr;
}

// ".streams.yaml:11:5: unknown key" becomes line 11 and the rest: the report names the path itself.
void place_error(const core::Error& error, core::Finding& finding) {
  finding.message = error.what();
  finding.hint = error.hint();
  const std::string prefix = std::string(core::kPolicyFile) + ":";
  if (!finding.message.starts_with(prefix)) return;
  const char* at = finding.message.c_str() + prefix.size();
  finding.line = static_cast<std::uint32_t>(std::strtoul(at, nullptr, 10));
  const std::size_t text = finding.message.find(": ", prefix.size());
  if (text != std::string::npos) finding.message.erase(0, text + 2);
}

}  // namespace

std::optional<core::Finding> judge_policy_change(const git::Repository& repository,
                                                 const core::ChangeSet& changes) {
  const core::Change* change = policy_change(changes);
  if (change == nullptr || change->new_mode == core::mode::none) return std::nullopt;
  core::Finding finding{core::Rule::policy, core::Severity::block, change->path, 0, {}, {}};
  if (!core::mode::is_regular(change->new_mode)) {
    finding.message = "is no regular file";
    return finding;
  }
  try {
    policy::parse_policy(repository.blob(change->new_id), core::kPolicyFile);
  } catch (const core::Error& error) {
    if (error.code() != core::ExitCode::usage) throw;
    place_error(error, finding);
    return finding;
  }
  return std::nullopt;
}

bool has_readable_policy(const git::Repository& repository, const core::ObjectId& commit) {
  const auto entry = repository.entry(commit, core::kPolicyFile);
  if (!entry) return false;
  const core::Change brought{
      std::string(core::kPolicyFile), {}, entry->id, core::mode::none, entry->mode};
  return !judge_policy_change(repository, {brought});
}

bool repairs_policy(session::Session& session, const core::ChangeSet& changes) {
  try {
    session.pinned();
    return false;
  } catch (const core::Error&) {
    const bool brings_policy = policy_change(changes) != nullptr;
    if (!brings_policy || session::claims_identity(session.repository()) ||
        judge_policy_change(session.repository(), changes)) {
      throw;
    }
    return true;
  }
}

}  // namespace gs::gates
