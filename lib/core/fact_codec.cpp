// Interfaces and calls as bytes. Numbers take 7 bits a byte, the low ones first, and no byte too
// many; a text or a list is its length and then its bytes or items.

#include <concepts>
#include <type_traits>
#include <utility>

#include "lib/core/call.h"
#include "lib/core/interface.h"

namespace gs::core {

namespace {

// How many values an enumeration has.
template <class E>
constexpr std::uint64_t kValues = 0;
template <>
constexpr std::uint64_t kValues<ParameterKind> = 5;
template <>
constexpr std::uint64_t kValues<Definition::Kind> = 4;
template <>
constexpr std::uint64_t kValues<Trouble> = static_cast<std::uint64_t>(Trouble::too_large) + 1;

template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

// Each struct's fields once, for both ways.
void each(auto& visit, Is<Parameter> auto& parameter) {
  visit(parameter.kind, parameter.has_default, parameter.name, parameter.annotation);
}
void each(auto& visit, Is<Signature> auto& signature) {
  visit(signature.async, signature.parameters, signature.returns);
}
void each(auto& visit, Is<StarImport> auto& star) {
  visit(star.level, star.module);
}
void each(auto& visit, Is<Partial> auto& partial) {
  visit(partial.trouble, partial.line);
}
void each(auto& visit, Is<Definition> auto& definition) {
  visit(definition.kind, definition.conditional, definition.name, definition.line,
        definition.signature, definition.decorators, definition.bases, definition.members);
}
void each(auto& visit, Is<Interface> auto& interface) {
  visit(interface.definitions, interface.all, interface.all_unclear, interface.stars,
        interface.has_getattr, interface.dynamic, interface.partials);
}
void each(auto& visit, Is<Call> auto& call) {
  visit(call.name, call.line, call.positional, call.keywords, call.spread, call.guarded);
}

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
  void put(std::uint32_t value) { number(value); }
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

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  void operator()(auto&... fields) { (get(fields), ...); }
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
  void get(std::uint32_t& value) { value = static_cast<std::uint32_t>(number(UINT32_MAX)); }
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
    if (there) get(given.emplace());
  }
  template <class T>
  void get(std::vector<T>& list) {
    // An item takes a byte at least: no count asks for memory that the bytes do not back.
    const std::uint64_t count = number(rest_.size());
    for (std::uint64_t i = 0; good_ && i < count; ++i) get(list.emplace_back());
  }
  void get(Definition& definition) {
    good_ = good_ && ++depth_ <= kDeepestNesting + 1;
    if (good_) each(*this, definition);
    --depth_;
  }
  template <class T>
  void get(T& field) {
    if constexpr (std::is_enum_v<T>) {
      field = static_cast<T>(number(kValues<T> - 1));
    } else {
      each(*this, field);
    }
  }

  std::string_view rest_;
  std::size_t depth_ = 0;
  bool good_ = true;
};

}  // namespace

std::string freeze(const Interface& interface) {
  Encoder encoder;
  each(encoder, interface);
  return encoder.take();
}

std::optional<Interface> thaw_interface(std::string_view bytes) {
  Decoder decoder(bytes);
  Interface interface;
  each(decoder, interface);
  if (!decoder.complete()) return std::nullopt;
  return interface;
}

std::string freeze(const std::vector<Call>& calls) {
  Encoder encoder;
  encoder(calls);
  return encoder.take();
}

std::optional<std::vector<Call>> thaw_calls(std::string_view bytes) {
  Decoder decoder(bytes);
  std::vector<Call> calls;
  decoder(calls);
  if (!decoder.complete()) return std::nullopt;
  return calls;
}

}  // namespace gs::core
