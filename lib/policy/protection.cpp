#include "lib/policy/protection.h"

#include <algorithm>
#include <filesystem>

#include "lib/core/pattern.h"
#include "lib/state/files.h"

namespace gs::policy {

namespace {

namespace fs = std::filesystem;

fs::path protected_file(const git::Layout& layout) {
  return layout.common_dir / "stream" / "protected";
}

}  // namespace

std::vector<std::string> installed_protection(const git::Layout& layout) {
  constexpr std::size_t kLargest = 1 << 16;
  const std::string text = state::read_file(protected_file(layout), kLargest).value_or("");
  std::vector<std::string> patterns;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!core::pattern_fault(line)) patterns.emplace_back(line);
  }
  return patterns;
}

void note_protection(const git::Layout& layout, const std::vector<std::string>& patterns) {
  if (patterns == installed_protection(layout)) return;
  if (patterns.empty()) {
    fs::remove(protected_file(layout));
    return;
  }
  fs::create_directories(protected_file(layout).parent_path());
  state::AtomicFile file(protected_file(layout));
  for (const std::string& pattern : patterns) file.write(pattern + "\n");
  file.commit();
}

}  // namespace gs::policy
