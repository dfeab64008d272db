// The index reader and the walk over it with bytes that no git wrote: any answer will do, as long
// as there is one, and skipping comes to the same entries as stepping.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/git/index/staged.h"

namespace {

using gs::core::ObjectId;

ObjectId id_of(std::uint8_t level) {
  ObjectId id;
  id.bytes.fill(level);
  return id;
}

// Trees nested in each other: the one whose id is all k holds a file, a folder that is k - 1, …
class NestedTrees : public gs::git::TreeSource {
 public:
  std::string tree(const ObjectId& id) override {
    const std::uint8_t level = id.bytes[0];
    if (id != id_of(level) || level > kLevels) throw gs::git::MissingObject(id);
    std::string bytes;
    add(bytes, "100644 a", 100);
    add(bytes, "100755 a.b", 101);
    if (level > 0) add(bytes, "40000 b", static_cast<std::uint8_t>(level - 1));
    add(bytes, "160000 z", 102);
    return bytes;
  }
  static constexpr std::uint8_t kLevels = 5;

 private:
  static void add(std::string& bytes, const char* mode_and_name, std::uint8_t level) {
    bytes += mode_and_name;
    bytes += '\0';
    bytes.append(20, static_cast<char>(level));
  }
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    const gs::git::IndexFile index(bytes);
    skip_as_step(index);
    NestedTrees trees;
    for (const std::uint8_t level : {std::uint8_t{0}, std::uint8_t{1}, NestedTrees::kLevels}) {
      const gs::git::StagedDiff diff = gs::git::diff_index(index, trees, id_of(level));
      for (std::size_t i = 1; i < diff.changes.size(); ++i)
        require(diff.changes[i - 1].path <= diff.changes[i].path);
    }
    gs::git::diff_index(index, trees, std::nullopt);
  } catch (const gs::git::NeedsGit&) {
  } catch (const gs::core::Error&) {
  }
  return 0;
}
