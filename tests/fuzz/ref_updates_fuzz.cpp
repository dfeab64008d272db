// Any bytes, as what git says on stdin of refs.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/core/error.h"
#include "lib/git/refs/refs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool branches = gs::git::mentions_branches(text);
  try {
    bool moves = false;
    for (const auto& update : gs::git::parse_ref_updates(text))
      moves |= update.branch() && !update.deletes();
    if (moves && !branches) std::abort();  // the precheck would have let it through
  } catch (const gs::core::Error&) {
  }
  return 0;
}
