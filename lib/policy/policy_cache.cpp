#include "lib/policy/policy_cache.h"

#include "lib/policy/policy_codec.h"

namespace gs::policy {

namespace {

constexpr std::string_view kMagic = "gspolicy";
// To be raised with any change of core::Policy or the codec within one version of the program.
constexpr std::string_view kFormat = "5 of git-stream " GS_VERSION;

std::string number(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

}  // namespace

std::string freeze(const core::Policy& policy) {
  const std::string bytes = encode(policy);
  return std::string(kMagic) + number(checksum(kFormat)) + number(checksum(bytes)) + bytes;
}

std::optional<core::Policy> thaw(std::string_view bytes) {
  constexpr std::size_t kHead = 24;
  if (bytes.size() < kHead || !bytes.starts_with(kMagic)) return std::nullopt;
  const std::string_view body = bytes.substr(kHead);
  if (bytes.substr(8, 8) != number(checksum(kFormat))) return std::nullopt;
  if (bytes.substr(16, 8) != number(checksum(body))) return std::nullopt;
  return decode(body);
}

}  // namespace gs::policy
