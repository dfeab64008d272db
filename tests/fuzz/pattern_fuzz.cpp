// Input: a byte of flags, then two patterns and a path, one a line.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/path_form.h"
#include "lib/core/pattern.h"

namespace core = gs::core;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_path(const std::string& text) {
  return !text.empty() && text.front() != '/' && text.back() != '/' &&
         text.find("//") == text.npos && text.find('\0') == text.npos;
}

std::string in_quotes(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// A path may match one pattern as it is and another by its form; patterns are compared in one way.
bool in_own_form(const std::string& text, bool fold) {
  return core::is_ascii(text) || core::path_form(text, fold) == text;
}

// Colliding promises this only for what it models: see patterns_collide.
bool modelled(const std::string& pattern, const std::string& path) {
  return core::is_pattern(pattern) || pattern == path;
}

void check_pair(const std::string& a, const std::string& b, const std::string& path, bool fold) {
  const bool collide = core::patterns_collide(a, b, fold);
  require(collide == core::patterns_collide(b, a, fold));
  require(core::same_path(a, core::path_form(a, fold), fold));
  if (!in_own_form(a, fold) || !in_own_form(b, fold)) return;
  for (const std::string& candidate : {path, a, b}) {
    if (!is_path(candidate) || candidate.find_first_of("*?") != candidate.npos) continue;
    if (!in_own_form(candidate, fold)) continue;
    if (!modelled(a, candidate) || !modelled(b, candidate)) continue;
    const bool both =
        core::pattern_matches(a, candidate, fold) && core::pattern_matches(b, candidate, fold);
    require(collide || !both);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool fold = (data[0] & 1) != 0;
  std::array<std::string, 3> part;
  std::size_t now = 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (data[i] == '\n' && now + 1 < part.size()) {
      ++now;
    } else {
      part[now] += static_cast<char>(data[i]);
    }
  }
  const auto& [a, b, path] = part;
  if (is_path(path)) {
    require(core::pattern_matches(in_quotes(path), path, false));
    require(core::PatternList({'!' + in_quotes(path)}, false).matches("/" + path));
    require(!core::PatternList({"**", '!' + in_quotes(path)}, false).matches(path));
    core::pattern_matches(a, path, fold);
  }
  if (!core::pattern_fault('!' + a) && !core::pattern_fault('!' + b)) check_pair(a, b, path, fold);
  return 0;
}
