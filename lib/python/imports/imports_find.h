#pragma once
// Fast ways over many bytes of a source; they may look kPadding bytes beyond its end.

#include <bit>
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace gs::python {

#ifdef __SSE2__
inline __m128i load16(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline unsigned equal16(__m128i bytes, char c) {
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))));
}
#endif

// The next line's end at or behind `at`, or the end of the source.
inline const char* find_newline(const char* at, const char* end) {
#ifdef __SSE2__
  for (; at < end; at += 16) {
    const unsigned found = equal16(load16(at), '\n');
    if (found != 0) {
      const char* const newline = at + std::countr_zero(found);
      return newline < end ? newline : end;
    }
  }
  return end;
#else
  const void* const found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
  return found == nullptr ? end : static_cast<const char*>(found);
#endif
}

// The next "import" at or behind `at`, in whatever word or text; or the end of the source.
inline const char* find_import(const char* at, const char* end) {
#ifdef __SSE2__
  for (; at < end; at += 16) {
    unsigned found =
        equal16(load16(at), 'i') & equal16(load16(at + 2), 'p') & equal16(load16(at + 5), 't');
    for (; found != 0; found &= found - 1) {
      const char* const start = at + std::countr_zero(found);
      if (std::memcmp(start, "import", 6) == 0) return start < end ? start : end;
    }
  }
  return end;
#else
  const void* const found = ::memmem(at, static_cast<std::size_t>(end - at), "import", 6);
  return found == nullptr ? end : static_cast<const char*>(found);
#endif
}

}  // namespace gs::python
