#pragma once
// Values as bytes (encoder.h) and back (decoder.h), for caches: numbers take 7 bits a byte, the low
// ones first, and no byte too many; a text or a list is its length and then its bytes or items; a
// struct is its fields. Of a struct T, `void each(auto& visit, Is<T> auto& value)` beside it names
// the fields, once for both ways; of what has rules of its own, one for the encoder and one for the
// decoder. Of an enumeration, kValues says how many values there are.

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace gs::core {

template <class E>
inline constexpr std::uint64_t kValues = 0;

// How deep values of this type may stand in each other; 0: they cannot.
template <class T>
inline constexpr std::size_t kMostNested = 0;

// What a decoder reads a list's items and optional values into.
template <class T>
T blank() {
  return T{};
}

template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

}  // namespace gs::core
