// Any bytes deserialize to nothing or to a policy that freezes to the same bytes; the same behind
// the checksum, which mutations would seldom get past.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/policy/policy_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto policy = gs::policy::deserialize(bytes)) {
    if (gs::policy::serialize(*policy) != bytes) std::abort();
  }
  if (const auto policy = gs::policy::decode(bytes)) {
    if (gs::policy::encode(*policy) != bytes) std::abort();
    if (gs::policy::deserialize(gs::policy::serialize(*policy)) != policy) std::abort();
  }
  return 0;
}
