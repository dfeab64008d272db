#pragma once
// The few values that are wanted of a tool call's JSON, in one pass that keeps nothing else.

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gs::agents {

// Why a text is no call: completes "the call ": "ends too early", "is nested deeper than 64".
class Unreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct JsonField {
  std::string path;  // "tool_input.file_path"; an array's items end in "[]"
  std::string text;  // a string's content; a number, true or false as it stands
};

// Every value at one of these paths, in the text's order; null, objects and arrays are none. A
// string that stands where an object is expected is read as that object's JSON, where it is some.
// Of strings that are passed over only the end is looked for. Throws Unreadable for what is no JSON
// object, and for a wanted string that is no UTF-8 or holds a NUL.
std::vector<JsonField> read_fields(std::string_view json, std::span<const std::string_view> wanted);

}  // namespace gs::agents
