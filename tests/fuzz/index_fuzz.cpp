// The index reader and the walk over it with bytes that no git wrote: any answer will do, as long
// as there is one, and skipping comes to the same entries as stepping.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/git/index/staged.h"

namespace {

using gs::core::ObjectId;

using gs::core::ObjectFormat;

ObjectId id_of(std::uint8_t level, ObjectFormat format) {
  return ObjectId::from_raw(std::string(32, static_cast<char>(level)), format);
}

// Trees nested in each other: the one whose id is all k holds a file, a folder that is k - 1, …
class NestedTrees : public gs::git::TreeSource {
 public:
  std::string tree(const ObjectId& id) override {
    const std::uint8_t level = id.bytes[0];
    if (id != id_of(level, id.format) || level > kLevels) throw gs::git::MissingObject(id);
    std::string bytes;
    const auto add = [&](const char* mode_and_name, std::uint8_t number) {
      bytes.append(mode_and_name).append(1, '\0').append(id_of(number, id.format).raw());
    };
    add("100644 a", 100);
    add("100755 a.b", 101);
    if (level > 0) add("40000 b", static_cast<std::uint8_t>(level - 1));
    add("160000 z", 102);
    return bytes;
  }
  static constexpr std::uint8_t kLevels = 5;
};

void require(bool condition) {
  if (!condition) std::abort();
}

void skip_as_step(const gs::git::IndexFile& index) {
  gs::git::IndexCursor stepping(index);
  for (std::uint32_t at = 0; at < index.count() && at < 600; ++at) {
    gs::git::IndexCursor skipping(index);
    skipping.skip(at);
    require(!skipping.done() && skipping.path() == stepping.path() &&
            skipping.id() == stepping.id() && skipping.mode() == stepping.mode());
    stepping.next();
  }
}

void read_as(const std::string& bytes, ObjectFormat format) {
  try {
    const gs::git::IndexFile index(bytes, format);
    skip_as_step(index);
    NestedTrees trees;
    for (const std::uint8_t level : {std::uint8_t{0}, std::uint8_t{1}, NestedTrees::kLevels}) {
      const gs::git::StagedDiff diff = gs::git::diff_index(index, trees, id_of(level, format));
      for (std::size_t i = 1; i < diff.changes.size(); ++i)
        require(diff.changes[i - 1].path <= diff.changes[i].path);
    }
    gs::git::diff_index(index, trees, std::nullopt);
  } catch (const gs::git::NeedsGit&) {
  } catch (const gs::core::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  read_as(bytes, ObjectFormat::sha1);
  read_as(bytes, ObjectFormat::sha256);
  return 0;
}
