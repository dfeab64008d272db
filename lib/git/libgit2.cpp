#include "lib/git/libgit2.h"

#include <algorithm>

#include "lib/core/error.h"

namespace gs::git {

std::string last_reason() {
  const git_error* error = git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "no reason given";
}

void check(int status, const std::string& what) {
  if (status < 0) throw core::Error(core::ExitCode::broken, what + ": " + last_reason());
}

core::ObjectId from_oid(const git_oid& oid) {
  core::ObjectId id;
  std::copy_n(oid.id, GIT_OID_RAWSZ, id.bytes.begin());
  return id;
}

}  // namespace gs::git
