#pragma once
// Numbers found by the hash of what they stand for; the caller keeps the keys and compares them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace gs::python {

inline std::uint64_t hash_of(std::string_view text, std::uint64_t seed = 0) {
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  return std::hash<std::string_view>{}(text) ^ (seed * kSpread);
}

// Open addressing, at most half full. Nothing is ever taken out.
class FlatIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // The number with this hash for which same(number) holds, or kNone.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, const Same& same) const {
    if (slots_.empty()) return kNone;
    const std::uint32_t tag = folded(hash);
    for (std::size_t at = tag & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.value == kNone) return kNone;
      if (slot.tag == tag && same(slot.value)) return slot.value;
    }
  }

  // A number whose key is not there yet.
  void insert(std::uint64_t hash, std::uint32_t value) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    place({folded(hash), value});
    ++used_;
  }

 private:
  struct Slot {
    std::uint32_t tag = 0, value = kNone;
  };

  static std::uint32_t folded(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
  }
  std::size_t mask() const { return slots_.size() - 1; }

  void place(Slot slot) {
    std::size_t at = slot.tag & mask();
    while (slots_[at].value != kNone) at = (at + 1) & mask();
    slots_[at] = slot;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.value != kNone) place(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace gs::python
