#pragma once
// YAML text as a plain tree with places. Format: YAML 1.2 as yaml-cpp reads it, less explicit tags.

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/error.h"

namespace gs::policy {

// ---- The text of a policy and its name in messages.

// Where something stands: both counted from 1, the column in bytes.
struct Place {
  int line = 1, column = 1;
};

// What is wrong in a policy, and where. what(): "ORIGIN:LINE:COLUMN: message".
class PolicyError : public core::Error {
 public:
  PolicyError(const std::string& what, Place place, std::string message, std::string hint)
      : Error(core::ExitCode::usage, what, std::move(hint)),
        place_(place),
        message_(std::move(message)) {}

  Place place() const { return place_; }
  const std::string& message() const { return message_; }  // without the place

 private:
  Place place_;
  std::string message_;
};

class Source {
 public:
  // Both must outlive the source. A byte order mark of UTF-8 is dropped.
  Source(std::string_view text, std::string_view origin);

  std::string_view text() const { return text_; }
  // The byte at a place; 0 beyond the end of its line.
  char byte_at(Place place) const;

  // Throws PolicyError; its what() counts the column in characters.
  [[noreturn]] void fail(Place place, const std::string& message, std::string hint = {}) const;
  // Fails on what no policy can hold: too many bytes, bytes that are no UTF-8, control characters.
  void check_bytes() const;

 private:
  std::string_view line(int number) const;
  Place place_of(std::size_t offset) const;

  std::string_view text_, origin_;
};

// A word of the file as messages show it: in single quotes, printable, cut when it is long.
std::string in_quotes(std::string_view word);

struct YamlNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  Place place;                         // a map's missing value is where its key is
  bool item = false;                   // of a list
  std::string text;                    // of a scalar
  std::vector<const YamlNode*> items;  // of a list; of a map: key, value, key, value, …
};

// Owns its nodes. An alias is the very node that it names, so one node can have several parents,
// but never itself among them.
struct Tree {
  std::deque<YamlNode> nodes;
  const YamlNode* root = nullptr;  // null for an empty text
};

// Throws core::Error as `source` words it: what yaml-cpp refuses, several documents, duplicate
// keys, tags, nesting beyond 32 levels. Stack and memory are bounded for any text.
Tree read_tree(const Source& source);

}  // namespace gs::policy
