#include "lib/agents/patch_paths.h"

#include <algorithm>
#include <array>

namespace gs::agents {

namespace {

constexpr std::array<std::string_view, 4> kHeaders{
    "*** Add File:", "*** Update File:", "*** Delete File:", "*** Move to:"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\v\f";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

}  // namespace

std::vector<std::string> patch_paths(std::string_view patch) {
  std::vector<std::string> paths;
  while (!patch.empty()) {
    const std::string_view whole = patch.substr(0, patch.find('\n'));
    patch.remove_prefix(std::min(whole.size() + 1, patch.size()));
    const std::string_view line = trimmed(whole);
    for (const std::string_view header : kHeaders) {
      if (!line.starts_with(header)) continue;
      const std::string_view path = trimmed(line.substr(header.size()));
      if (!path.empty()) paths.emplace_back(path);
    }
  }
  return paths;
}

}  // namespace gs::agents
