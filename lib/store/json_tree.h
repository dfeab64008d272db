#pragma once
// Reads JSON that anyone may have written: bounded depth, nothing quadratic, no exceptions of
// others.

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gs::store {

// Keeps the order of members. parse_json never looks a member up while it builds.
using Json = nlohmann::ordered_json;

// What is wrong with a state file: completes "FILE is damaged: …". Caught within lib/store, where
// the file's name is known.
class Damaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class DuplicateKeys { refuse, keep };

inline constexpr std::size_t kDeepest = 64;  // arrays and objects within each other

// Strict RFC 8259 in UTF-8. Throws Damaged.
Json parse_json(std::string_view text, DuplicateKeys duplicates = DuplicateKeys::refuse);

// The member, or null when it is missing or `object` is none.
const Json* find_member(const Json& object, std::string_view name);
// Replaces or appends a member.
void set_member(Json& object, std::string_view name, Json value);

// As Python's json.dump(…, indent=2) lays it out, and a newline.
std::string to_text(const Json& tree);

}  // namespace gs::store
