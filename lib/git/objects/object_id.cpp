#include "lib/git/objects/object_id.h"

#include <cstring>

#include "lib/git/libgit2.h"

namespace gs::git {

namespace {

core::ObjectId hash_of(std::string_view content, git_object_t type) {
  git_oid oid;
  check(git_odb_hash(&oid, content.data(), content.size(), type), "cannot hash");
  return from_oid(oid);
}

}  // namespace

core::ObjectId id_at(std::string_view bytes, std::size_t at) {
  core::ObjectId id;
  std::memcpy(id.bytes.data(), bytes.data() + at, kIdSize);
  return id;
}

std::size_t ObjectIdHash::operator()(const core::ObjectId& id) const {
  std::size_t value = 0;
  std::memcpy(&value, id.bytes.data(), sizeof value);
  return value;
}

core::ObjectId blob_id(std::string_view content) {
  return hash_of(content, GIT_OBJECT_BLOB);
}

const core::ObjectId& empty_tree() {
  static const core::ObjectId kEmpty = hash_of({}, GIT_OBJECT_TREE);
  return kEmpty;
}

}  // namespace gs::git
