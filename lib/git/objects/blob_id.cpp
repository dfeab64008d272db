#include "lib/git/objects/blob_id.h"

#include "lib/git/libgit2.h"

namespace gs::git {

core::ObjectId blob_id(std::string_view content) {
  git_oid oid;
  check(git_odb_hash(&oid, content.data(), content.size(), GIT_OBJECT_BLOB), "cannot hash");
  return from_oid(oid);
}

}  // namespace gs::git
