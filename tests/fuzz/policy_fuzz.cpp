// Any bytes are a policy or an error with a place and a word; a policy survives serialize and
// deserialize.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/error.h"
#include "lib/policy/policy_cache.h"
#include "lib/policy/policy_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  try {
    const gs::core::Policy policy = gs::policy::parse_policy(yaml, "p");
    if (gs::policy::deserialize(gs::policy::serialize(policy)) != policy) std::abort();
  } catch (const gs::core::Error& error) {
    const std::string_view message = error.what();
    const bool one_line = message.find('\n') == std::string_view::npos;
    if (!message.starts_with("p:") || !one_line) std::abort();
  }
  return 0;
}
