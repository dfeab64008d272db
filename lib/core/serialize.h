#pragma once
// Values as bytes (encoder.h) and back (decoder.h), for caches: numbers take 7 bits a byte, the low
// ones first, and no byte too many; a text or a list is its length and then its bytes or items; a
// struct is its fields. Of a struct T, `void each(auto& visit, Is<T> auto& value)` beside it names
// the fields, once for both ways; of what has rules of its own, one for the encoder and one for the
// decoder. Of an enumeration, kValues says how many values there are.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/core/time.h"

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

// ---- Values as bytes: codec.h says how.

class Encoder {
 public:
  void operator()(const auto&... fields) { (put(fields), ...); }
  std::string take() { return std::move(out_); }

 private:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }

  void put(bool yes) { number(yes ? 1 : 0); }
  void put(int value) { number(static_cast<std::uint64_t>(value)); }
  void put(Seconds length) { number(static_cast<std::uint64_t>(length.count())); }
  template <std::unsigned_integral T>
  void put(const T& value) {  // read again only if it is below 2^32
    number(value);
  }
  void put(const std::string& text) {
    number(text.size());
    out_ += text;
  }
  template <class T>
  void put(const std::optional<T>& given) {
    put(given.has_value());
    if (given) put(*given);
  }
  template <class T>
  void put(const std::vector<T>& list) {
    number(list.size());
    for (const T& item : list) put(item);
  }
  template <class T>
  void put(const T& field) {
    if constexpr (std::is_enum_v<T>) {
      number(static_cast<std::uint64_t>(field));
    } else {
      each(*this, field);
    }
  }

  std::string out_;
};

// ---- Values from bytes: codec.h says how.

// Safe on any bytes: complete() says whether they were what an encoder makes, all of them.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  void operator()(auto&... fields) { (get(fields), ...); }
  void fail() { good_ = false; }  // what was read breaks its own rules
  bool complete() const { return good_ && rest_.empty(); }

 private:
  // A number up to `most`; otherwise, and at the end of the bytes, failure and 0.
  std::uint64_t number(std::uint64_t most) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; good_; shift += 7) {
      if (rest_.empty() || shift > 28) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte >= 0x80) continue;
      if ((byte == 0 && shift > 0) || value > most) break;
      return value;
    }
    good_ = false;
    return 0;
  }

  void get(bool& yes) { yes = number(1) != 0; }
  void get(int& value) { value = static_cast<int>(number(INT32_MAX)); }
  void get(Seconds& length) { length = Seconds(number(UINT32_MAX)); }
  template <std::unsigned_integral T>
  void get(T& value) {
    value = static_cast<T>(number(std::min<std::uint64_t>(UINT32_MAX, static_cast<T>(-1))));
  }
  void get(std::string& text) {
    const std::uint64_t size = number(rest_.size());
    if (size > rest_.size()) good_ = false;  // its own digits took some of them
    if (!good_) return;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  template <class T>
  void get(std::optional<T>& given) {
    bool there = false;
    get(there);
    if (there) get(given.emplace(blank<T>()));
  }
  template <class T>
  void get(std::vector<T>& list) {
    // An item takes a byte at least: no count asks for memory that the bytes do not back.
    const std::uint64_t count = number(rest_.size());
    for (std::uint64_t i = 0; good_ && i < count; ++i) get(list.emplace_back(blank<T>()));
  }
  template <class T>
  void get(T& field) {
    if constexpr (std::is_enum_v<T>) {
      static_assert(kValues<T> > 0);
      field = static_cast<T>(number(kValues<T> - 1));
    } else if constexpr (kMostNested<T> > 0) {
      good_ = good_ && ++depth_ <= kMostNested<T>;
      if (good_) each(*this, field);
      --depth_;
    } else {
      each(*this, field);
    }
  }

  std::string_view rest_;
  std::size_t depth_ = 0;
  bool good_ = true;
};

// ---- Whole values.

template <class T>
std::string serialized(const T& value) {
  Encoder encoder;
  encoder(value);
  return encoder.take();
}

// Nothing for any bytes but those that serialized() makes.
template <class T>
std::optional<T> deserialized(std::string_view bytes) {
  Decoder decoder(bytes);
  T value = blank<T>();
  decoder(value);
  return decoder.complete() ? std::optional(std::move(value)) : std::nullopt;
}

}  // namespace gs::core
