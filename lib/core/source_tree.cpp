#include "lib/core/source_tree.h"

namespace gs::core {

bool is_python_source(std::string_view path) {
  if (!path.ends_with(".py") && !path.ends_with(".pyi")) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    if (slash == path.npos) return true;
    const std::string_view folder = path.substr(0, slash);
    if (folder.starts_with('.') || folder == "__pycache__") return false;
    path.remove_prefix(slash + 1);
  }
}

bool is_python_source(std::uint32_t mode, std::string_view path) {
  return mode::is_regular(mode) && is_python_source(path);
}

}  // namespace gs::core
