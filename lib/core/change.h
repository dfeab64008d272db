#pragma once
// What is about to happen: paths with their old and new blob ids and modes.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

// The hash that names objects: a repository has one (extensions.objectFormat).
enum class ObjectFormat : std::uint8_t { sha1, sha256 };

// Of an id: in trees, indexes and packs; in refs, commits and git's output.
constexpr std::size_t raw_size(ObjectFormat format) {
  return format == ObjectFormat::sha1 ? 20 : 32;
}
constexpr std::size_t hex_digits(ObjectFormat format) {
  return 2 * raw_size(format);
}

// The id of an object by either hash, raw; all zeros where there is no object.
struct ObjectId {
  std::array<std::uint8_t, 32> bytes{};  // zeros after those that its hash has
  ObjectFormat format = ObjectFormat::sha1;

  // By the bytes alone: none is none, whichever hash it is said in.
  bool operator==(const ObjectId& other) const { return bytes == other.bytes; }
  auto operator<=>(const ObjectId& other) const { return bytes <=> other.bytes; }
  bool is_zero() const { return *this == ObjectId{}; }
  std::string_view raw() const;                                   // as many bytes as its hash has
  std::string hex() const;                                        // 40 or 64 lower-case digits
  static std::optional<ObjectId> from_hex(std::string_view hex);  // 40 or 64 digits, any case
  // The first raw_size(format) bytes, which must be there.
  static ObjectId from_raw(std::string_view bytes, ObjectFormat format);
};

// "1a2b3c4d5e": a commit's id as people read it.
std::string short_id(std::string_view hex);
std::string short_id(const ObjectId& id);

// git's file modes, as trees and the index store them; 0 where there is no entry.
namespace mode {
inline constexpr std::uint32_t none = 0, tree = 0040000, file = 0100644, executable = 0100755,
                               symlink = 0120000, gitlink = 0160000;

// A file with content of its own, to be run or not.
constexpr bool is_regular(std::uint32_t mode) {
  return mode == file || mode == executable;
}
}  // namespace mode

// One path that differs. A rename is two changes: a deletion and an addition.
struct Change {
  std::string path;  // bytes as git has them, relative to the root, '/' between components
  ObjectId old_id, new_id;
  std::uint32_t old_mode = mode::none, new_mode = mode::none;

  auto operator<=>(const Change&) const = default;
};

using ChangeSet = std::vector<Change>;  // in git's path order (bytewise)

// That of a path; null where the path does not change.
const Change* change_at(const ChangeSet& changes, std::string_view path);

// ---- The tree being judged (an index, a commit, a merged tree), as module resolution asks about
// it.

class SourceTree {
 public:
  virtual ~SourceTree() = default;

  // The blob of a regular file; nothing for links, folders, submodules and what is not there.
  virtual std::optional<ObjectId> file(std::string_view path) = 0;
  // Whether a folder ("" is the top) holds a regular .py or .pyi file at some depth, not counting
  // folders whose name starts with '.' and __pycache__.
  virtual bool holds_python(std::string_view folder) = 0;
  // The names of the folders directly below one.
  virtual std::vector<std::string> folders(std::string_view folder) = 0;

 protected:
  SourceTree() = default;
  SourceTree(const SourceTree&) = default;
  SourceTree& operator=(const SourceTree&) = default;
  SourceTree(SourceTree&&) = default;
  SourceTree& operator=(SourceTree&&) = default;
};

// Whether a path is a Python source that counts: .py or .pyi, not below folders whose name starts
// with '.' or is __pycache__.
bool is_python_source(std::string_view path);
// The same of an entry of a tree: a regular file besides.
bool is_python_source(std::uint32_t mode, std::string_view path);

}  // namespace gs::core
