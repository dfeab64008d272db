#pragma once
// What each byte of a source means to the lexer.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace gs::python {

// A place in a source. Behind the source stand kPadding zeros, and the first of them ends it.
struct SourcePlace {
  const char* at = nullptr;
  std::uint32_t line = 1;
};

enum class Stop : std::uint8_t {
  none,  // goes on: words, numbers, blanks, operators
  newline,
  quote,
  open,
  close,
  comment,
  backslash,
  semicolon,
  bang,    // only before '='
  beyond,  // a byte beyond ASCII
  nul,
  strange  // no Python outside strings and comments
};

constexpr std::array<Stop, 256> make_stops() {
  std::array<Stop, 256> stops{};
  for (unsigned c = 1; c < ' '; ++c) stops[c] = Stop::strange;
  for (unsigned c = 0x80; c < 256; ++c) stops[c] = Stop::beyond;
  stops['\t'] = stops['\f'] = Stop::none;
  stops[0] = Stop::nul;
  stops[0x7f] = stops['$'] = stops['?'] = stops['`'] = Stop::strange;
  stops['\n'] = Stop::newline;
  stops['"'] = stops['\''] = Stop::quote;
  stops['('] = stops['['] = stops['{'] = Stop::open;
  stops[')'] = stops[']'] = stops['}'] = Stop::close;
  stops['#'] = Stop::comment;
  stops['\\'] = Stop::backslash;
  stops[';'] = Stop::semicolon;
  stops['!'] = Stop::bang;
  return stops;
}

inline constexpr std::array<Stop, 256> kStops = make_stops();

constexpr std::array<bool, 256> make_words() {
  std::array<bool, 256> words{};
  for (unsigned c = 'a'; c <= 'z'; ++c) words[c] = words[c - 'a' + 'A'] = true;
  for (unsigned c = '0'; c <= '9'; ++c) words[c] = true;
  for (unsigned c = 0x80; c < 256; ++c) words[c] = true;
  words['_'] = true;
  return words;
}

inline constexpr std::array<bool, 256> kWords = make_words();

constexpr unsigned char byte(char c) {
  return static_cast<unsigned char>(c);
}
constexpr Stop stop_of(char c) {
  return kStops[byte(c)];
}
constexpr bool is_word(char c) {
  return kWords[byte(c)];
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

inline const char* skip_blanks(const char* at) {
  while (is_blank(*at)) ++at;
  return at;
}

inline const char* skip_word(const char* at) {
  while (is_word(*at)) ++at;
  return at;
}

// The word that starts here; empty when none does.
inline std::string_view word_at(const char* at) {
  return {at, static_cast<std::size_t>(skip_word(at) - at)};
}

// Up to eight bytes of a word in one number, by which words are told apart at once.
consteval std::uint64_t packed(std::string_view word) {
  std::uint64_t number = 0;
  for (std::size_t i = word.size(); i > 0; --i) number = (number << 8U) | byte(word[i - 1]);
  return number;
}

// The same of a word in a source; 0 of longer ones.
inline std::uint64_t packed_at(const char* at, std::size_t size) {
  static_assert(std::endian::native == std::endian::little);
  if (size == 0 || size > 8) return 0;
  std::uint64_t number = 0;
  std::memcpy(&number, at, sizeof number);
  return number & (~std::uint64_t{0} >> (64 - 8 * size));
}

// <<<<<<<, =======, >>>>>>> or ||||||| at a line's start.
inline bool is_conflict_marker(const char* at) {
  if (*at != '<' && *at != '=' && *at != '>' && *at != '|') return false;
  for (int i = 1; i < 7; ++i) {
    if (at[i] != at[0]) return false;
  }
  return at[7] == ' ' || at[7] == '\n' || at[7] == '\0';
}

// ---- Fast ways over many bytes of a source; they may look kPadding bytes beyond its end.

// Sixteen bytes at once; equal16() has a bit for each, the first one's lowest.
#if defined(__SSE2__)
using Bytes16 = __m128i;
inline Bytes16 load16(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline unsigned equal16(Bytes16 bytes, char c) {
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))));
}
#elif defined(__aarch64__)
using Bytes16 = uint8x16_t;
inline Bytes16 load16(const char* at) {
  return vld1q_u8(reinterpret_cast<const std::uint8_t*>(at));
}
inline unsigned equal16(Bytes16 bytes, char c) {
  constexpr Bytes16 kBits{1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const Bytes16 found = vandq_u8(vceqq_u8(bytes, vdupq_n_u8(byte(c))), kBits);
  return vaddv_u8(vget_low_u8(found)) | unsigned{vaddv_u8(vget_high_u8(found))} << 8U;
}
#else
using Bytes16 = std::array<char, 16>;
inline Bytes16 load16(const char* at) {
  Bytes16 bytes;
  std::memcpy(bytes.data(), at, bytes.size());
  return bytes;
}
inline unsigned equal16(const Bytes16& bytes, char c) {
  unsigned found = 0;
  for (unsigned i = 0; i < bytes.size(); ++i) found |= unsigned{bytes[i] == c} << i;
  return found;
}
#endif

// The next line's end at or behind `at`, or the end of the source.
inline const char* find_newline(const char* at, const char* end) {
  for (; at < end; at += 16) {
    const unsigned found = equal16(load16(at), '\n');
    if (found != 0) {
      const char* const newline = at + std::countr_zero(found);
      return newline < end ? newline : end;
    }
  }
  return end;
}

// The next "import" at or behind `at`, in whatever word or text; or the end of the source.
inline const char* find_import(const char* at, const char* end) {
  for (; at < end; at += 16) {
    unsigned found =
        equal16(load16(at), 'i') & equal16(load16(at + 2), 'p') & equal16(load16(at + 5), 't');
    for (; found != 0; found &= found - 1) {
      const char* const start = at + std::countr_zero(found);
      if (std::memcmp(start, "import", 6) == 0) return start < end ? start : end;
    }
  }
  return end;
}

}  // namespace gs::python
