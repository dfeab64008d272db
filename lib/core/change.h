#pragma once
// What is about to happen: paths with their old and new blob ids and modes.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

// A SHA-1 object id, raw; all zeros where there is no object.
struct ObjectId {
  std::array<std::uint8_t, 20> bytes{};

  auto operator<=>(const ObjectId&) const = default;
  bool is_zero() const { return *this == ObjectId{}; }
  std::string hex() const;                                        // 40 lower-case digits
  static std::optional<ObjectId> from_hex(std::string_view hex);  // exactly 40 digits, any case
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
