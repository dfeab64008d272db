#pragma once
// The values that a Python source writes out: what migrations and test fixtures are declared by.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::python {

// A string without escapes, None, or a list or tuple of such; anything else is `other`.
struct Literal {
  enum class Kind : std::uint8_t { other, none, string, sequence };

  Kind kind = Kind::other;
  std::string text;            // of a string
  std::vector<Literal> items;  // of a sequence

  bool operator==(const Literal&) const = default;
};

// `name = value` or `name: type = value` as a statement of the module, or of a class of it. A name
// that is assigned to in any other way there (`+=`, in a tuple) is `other`.
struct AssignedLiteral {
  std::string class_name;  // empty: the module
  std::string name;
  std::uint32_t line = 0;
  Literal value;
};

// A function or class of the module with a decorator: once for each.
struct Decoration {
  std::string decorator;  // "pytest.fixture"
  std::string name;       // of what is decorated
  std::uint32_t line = 0;
  std::optional<Literal> name_argument;  // of `@decorator(name=…)`
};

struct Declarations {
  std::vector<AssignedLiteral> assigned;
  std::vector<Decoration> decorated;
};

// Only what stands at the top, under no condition. Nothing for what is no Python, is larger than
// 4 MB, or takes longer than the limit.
std::optional<Declarations> declarations_of(
    std::string_view source, std::chrono::milliseconds limit = std::chrono::milliseconds(2000));

}  // namespace gs::python
