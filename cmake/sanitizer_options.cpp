// What AddressSanitizer does in a program that lives for milliseconds and is started ten thousand
// times by the tests: it looks for no leaks, which unit tests and fuzzers do, and keeps only the
// innermost call of an allocation. ASAN_OPTIONS overrides it (malloc_context_size=30 to read more).
// Without AddressSanitizer nobody calls it.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0:malloc_context_size=1";
}
