#include "lib/store/wanted_paths.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gs::store {

std::uint64_t WantedPaths::hash(std::string_view text) {
  std::uint64_t hash = 0x9e3779b97f4a7c15U ^ text.size();
  const auto mix = [&](std::uint64_t chunk) {
    hash = (hash ^ chunk) * 0xff51afd7ed558ccdU;
    hash ^= hash >> 32U;
  };
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, text.data(), sizeof chunk);
    mix(chunk);
    text.remove_prefix(sizeof chunk);
  }
  std::uint64_t rest = 0;
  if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
  mix(rest);
  return hash;
}

WantedPaths::WantedPaths(std::span<const std::string> paths) {
  std::size_t names = 0;
  for (const std::string& path : paths) {
    names += 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  }
  table_.resize(std::bit_ceil(2 * names + 2));
  mask_ = table_.size() - 1;
  for (const std::string& path : paths) {
    const std::string_view whole = path;
    add(whole);
    for (std::size_t at = whole.find('/'); at != whole.npos; at = whole.find('/', at + 1)) {
      add(whole.substr(0, at));
    }
  }
}

void WantedPaths::add(std::string_view text) {
  if (text.empty()) return;
  const std::uint64_t number = hash(text);
  std::size_t at = number & mask_;
  while (!table_[at].second.empty()) {
    if (table_[at].second == text) return;
    at = (at + 1) & mask_;
  }
  table_[at] = {number, text};
}

bool WantedPaths::covered_by(std::string_view key, std::uint64_t number) const {
  for (std::size_t at = number & mask_; !table_[at].second.empty(); at = (at + 1) & mask_) {
    if (table_[at].first == number && table_[at].second == key) return true;
  }
  return false;
}

}  // namespace gs::store
