#pragma once
// Values as bytes: codec.h says how.

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/core/serialize.h"
#include "lib/core/time.h"

namespace gs::core {

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
  void put(std::uint32_t value) { number(value); }
  void put(std::uint64_t value) { number(value); }  // read again only if it is below 2^32
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

}  // namespace gs::core
