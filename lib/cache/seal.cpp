#include "lib/cache/seal.h"

#include <cstring>

namespace gs::cache {

namespace {

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;

std::uint64_t mixed(std::uint64_t state, std::uint64_t word) {
  state = (state ^ word) * kOdd;
  return state ^ state >> 32U;
}

std::uint64_t mixed(std::uint64_t state, std::string_view text) {
  state = mixed(state, text.size());
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    state = mixed(state, word);
  }
  word = 0;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());
  return mixed(state, word);
}

}  // namespace

std::uint64_t seal_of(std::string_view key, std::string_view facts) {
  return mixed(mixed(kOdd, key), facts);
}

std::string sealed(std::string_view key, std::string_view facts) {
  const std::uint64_t seal = seal_of(key, facts);
  std::string value(sizeof seal + facts.size(), '\0');
  std::memcpy(value.data(), &seal, sizeof seal);
  if (!facts.empty()) std::memcpy(value.data() + sizeof seal, facts.data(), facts.size());
  return value;
}

std::optional<std::string_view> unsealed(std::string_view key, std::string_view value) {
  std::uint64_t seal = 0;
  if (value.size() < sizeof seal) return std::nullopt;
  std::memcpy(&seal, value.data(), sizeof seal);
  value.remove_prefix(sizeof seal);
  return seal == seal_of(key, value) ? std::optional(value) : std::nullopt;
}

}  // namespace gs::cache
