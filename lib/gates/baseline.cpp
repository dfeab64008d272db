#include "lib/gates/baseline.h"

#include <algorithm>

namespace gs::gates {

namespace {

using analyzers::Baseline;
using core::ObjectId;

std::optional<ObjectId> blob_of(const ObjectId& id, std::uint32_t mode) {
  return core::mode::is_regular(mode) ? std::optional(id) : std::nullopt;
}

}  // namespace

Baseline read_baseline(const git::Repository& repository, const std::optional<ObjectId>& blob,
                       const std::string& source) {
  return blob ? analyzers::parse_baseline(repository.blob(*blob), source) : Baseline{};
}

std::optional<core::Finding> judge_baseline_in(session::Session& session, const core::ChangeSet& changes) {
  const std::string name(analyzers::kBaselineFile);
  const auto change = std::find_if(changes.begin(), changes.end(),
                                   [&](const auto& candidate) { return candidate.path == name; });
  if (change == changes.end()) return std::nullopt;
  const git::Repository& repository = session.repository();
  Baseline before;
  try {
    before = read_baseline(repository, blob_of(change->old_id, change->old_mode), "HEAD:" + name);
  } catch (const core::Error&) {
    // Whoever repairs it is not asked what it was.
  }
  try {
    const Baseline after =
        read_baseline(repository, blob_of(change->new_id, change->new_mode), name);
    return analyzers::judge_baseline_change(before, after, session.identity());
  } catch (const core::Error& error) {
    return core::Finding{core::Rule::policy, core::Severity::block, name, 0,
                         error.what(),       error.hint()};
  }
}

}  // namespace gs::gates
