#include "lib/conflicts/stream_work.h"

#include "lib/conflicts/names.h"
#include "lib/core/error.h"
#include "lib/git/refs/history.h"
#include "lib/store/streams.h"

namespace gs::streams {

core::ObjectId integration_tip(app::Session& session) {
  const git::Repository& repository = session.repository();
  const std::string& name = session.policy().integration_branch.str();
  if (const auto local = repository.resolve("refs/heads/" + name)) return *local;
  if (const auto remote = repository.resolve("refs/remotes/origin/" + name)) return *remote;
  throw core::Error(core::ExitCode::usage, "the integration branch " + name + " does not exist",
                    "git branch " + name);
}

std::optional<StreamWork> work_of(app::Session& session, const core::StreamId& stream,
                                  const core::ObjectId& integration) {
  const git::Repository& repository = session.repository();
  const core::StreamSpec* spec = session.policy().find_stream(stream);
  const store::Streams streams = store::read_streams(session.state());
  const store::StreamRecord* record = streams.find(stream);
  core::BranchName branch = record != nullptr ? record->branch : core::BranchName();
  if (branch.str().empty() && spec != nullptr) branch = branch_for(session.policy(), *spec);
  const auto tip = repository.resolve("refs/heads/" + branch.str());
  if (!tip) return std::nullopt;
  const auto base = git::merge_base(repository, integration, *tip);
  if (!base) return std::nullopt;
  return StreamWork{branch, *tip, *base, git::changes_between(repository, *base, *tip)};
}

}  // namespace gs::streams
