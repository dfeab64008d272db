// Any bytes, as a time and as a duration: what is read is written so that it reads back.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/time.h"

namespace core = gs::core;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

core::Seconds behind(core::Instant) {
  return core::Seconds{-5400};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto time = core::parse_time(text, behind)) {
    const std::string written = core::format_utc(*time);
    const auto back = core::parse_time(written, behind);
    require(back.has_value() && core::format_utc(*back) == written);
    // Only a zone can move a time out of the years that can be written.
    const bool edge = written.starts_with("0000-01-01") || written.starts_with("9999-12-31");
    require(edge || back == time);
  }
  if (const auto length = core::parse_duration(text)) {
    require(length->count() >= 0);
    const auto back = core::parse_duration(core::format_duration_option(*length));
    require(!back || (*back >= *length && *back < *length + core::Seconds{60}));
    require(back || length->count() > 100LL * 366 * 86400 - 60);
    require(!core::format_duration(*length).empty());
  }
  return 0;
}
