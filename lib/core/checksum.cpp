#include "lib/core/checksum.h"

#include <cstring>

namespace gs::core {

namespace {

// Each step is one-to-one for a given word and for a given state: a single changed word is never
// lost.
std::uint64_t mixed(std::uint64_t state, std::uint64_t word) {
  state = (state ^ word) * 0x9e3779b97f4a7c15U;
  return state ^ state >> 32U;
}

}  // namespace

std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t state = mixed(1, bytes.size()), word = 0;
  for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    state = mixed(state, word);
  }
  word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  return mixed(state, word);
}

}  // namespace gs::core
