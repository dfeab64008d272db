#include "lib/git/objects/object_id.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "lib/core/sha.h"

namespace gs::git {

using core::ObjectFormat;
using core::ObjectId;

std::size_t ObjectIdHash::operator()(const ObjectId& id) const {
  std::size_t value = 0;
  std::memcpy(&value, id.bytes.data(), sizeof value);
  return value;
}

namespace {

template <class Hash>
auto digest(std::string_view type, std::string_view content) {
  Hash hash;
  hash.add(std::string(type) + ' ' + std::to_string(content.size()));
  hash.add(std::string_view("", 1));
  hash.add(content);
  return hash.digest();
}

}  // namespace

ObjectId object_id(std::string_view type, std::string_view content, ObjectFormat format) {
  if (format == ObjectFormat::sha256) return {digest<core::Sha256>(type, content), format};
  ObjectId id;
  std::ranges::copy(digest<core::Sha1>(type, content), id.bytes.begin());
  return id;
}

ObjectId blob_id(std::string_view content, ObjectFormat format) {
  return object_id("blob", content, format);
}

ObjectId digest_of(std::string_view text) {
  return blob_id(text, ObjectFormat::sha1);
}

const ObjectId& empty_tree(ObjectFormat format) {
  static const ObjectId kEmpty[] = {object_id("tree", {}, ObjectFormat::sha1),
                                    object_id("tree", {}, ObjectFormat::sha256)};
  return kEmpty[static_cast<std::size_t>(format)];
}

}  // namespace gs::git
