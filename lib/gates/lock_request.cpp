#include "lib/gates/lock_request.h"

namespace gs::gates {

state::LockRequest lock_request(session::Session& session, std::vector<std::string> paths) {
  const core::Identity& who = session.identity();
  state::LockRequest request;
  request.paths = std::move(paths);
  request.agent = who.name();
  request.stream = who.stream ? who.stream->str() : "";
  request.ttl = session.policy().lock_ttl;
  request.ignore_case = session.repository().ignore_case();
  return request;
}

}  // namespace gs::gates
