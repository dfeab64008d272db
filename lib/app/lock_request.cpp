#include "lib/app/lock_request.h"

namespace gs::app {

store::LockRequest lock_request(Session& session, std::vector<std::string> paths) {
  const core::Identity& who = session.identity();
  store::LockRequest request;
  request.paths = std::move(paths);
  request.agent = who.name();
  request.stream = who.stream ? who.stream->str() : "";
  request.ttl = session.policy().lock_ttl;
  request.ignore_case = session.repository().ignore_case();
  return request;
}

}  // namespace gs::app
