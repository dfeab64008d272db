#pragma once
// Calls by name as a Python file has them: what can be held against a signature.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

struct Call {
  std::vector<std::string> name;  // "m.C.make(1)": m, C, make; NFKC-folded
  std::uint32_t line = 0;
  std::uint32_t positional = 0;
  std::vector<std::string> keywords;
  bool spread = false;   // *args or **kwargs: nobody knows what else is passed
  bool guarded = false;  // where it is expected to fail: below `except TypeError`, `raises(…)`

  bool operator==(const Call&) const = default;
};

// As bytes for the cache. thaw: nothing when they are not what freeze made.
std::string freeze(const std::vector<Call>& calls);
std::optional<std::vector<Call>> thaw_calls(std::string_view bytes);

// "m.C.make"
std::string dotted(const std::vector<std::string>& name);

}  // namespace gs::core
