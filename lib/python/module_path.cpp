#include "lib/python/module_path.h"

#include <algorithm>

#include "lib/python/modules.h"

namespace gs::python {

namespace {

bool holds(std::string_view root, std::string_view path) {
  return root.empty() ||
         (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

std::string_view without_ending(std::string_view path) {
  for (const std::string_view ending : {".pyi", ".py"}) {
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  }
  return path;
}

// In one spelling; nothing where no file counts.
std::optional<std::string> normal_root(std::string_view root) {
  std::string out;
  while (!root.empty()) {
    const std::string_view part = root.substr(0, root.find('/'));
    root.remove_prefix(std::min(root.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part.starts_with('.') || part == "__pycache__") return std::nullopt;
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

bool is_file(core::SourceTree& tree, const std::string& path) {
  return tree.file(path).has_value();
}

bool is_package(core::SourceTree& tree, const std::string& folder) {
  return is_file(tree, folder + "/__init__.py") || is_file(tree, folder + "/__init__.pyi");
}

bool src_is_root(core::SourceTree& tree) {
  if (!tree.holds_python("src") || is_package(tree, "src")) return false;
  return std::ranges::any_of(tree.folders("src"), [&](const std::string& name) {
    return !name.starts_with('.') && name != "__pycache__" && is_package(tree, "src/" + name);
  });
}

}  // namespace

void name_file(std::string_view path, const std::vector<std::string>& roots, FileModule& into) {
  std::size_t longest = 0;
  for (const std::string& root : roots) {
    if (!root.empty() && holds(root, path)) longest = std::max(longest, root.size() + 1);
  }
  constexpr std::string_view kInit = "/__init__";
  const std::string_view below = without_ending(path.substr(longest));
  const bool init = below.ends_with(kInit);
  into.module = init ? below.substr(0, below.size() - kInit.size()) : below;
  std::ranges::replace(into.module, '/', '.');
  const std::size_t slash = below.rfind('/');
  into.package = into.module;
  if (!init) into.package.resize(slash == below.npos ? 0 : slash);
}

std::optional<std::string_view> relative_base(std::string_view package, std::uint32_t level) {
  for (; level > 1; --level) {
    const std::size_t dot = package.rfind('.');
    if (dot == package.npos) return std::nullopt;
    package = package.substr(0, dot);
  }
  if (package.empty()) return std::nullopt;
  return package;
}

std::vector<std::string> normal_roots(const std::vector<std::string>& given) {
  std::vector<std::string> roots;
  for (const std::string& text : given) {
    const std::optional<std::string> root = normal_root(text);
    if (root && std::ranges::find(roots, *root) == roots.end()) roots.push_back(*root);
  }
  return roots;
}

std::vector<std::string> python_roots(const std::vector<std::string>& given,
                                      core::SourceTree& tree) {
  if (!given.empty()) return normal_roots(given);
  if (src_is_root(tree)) return {"src", ""};
  return {""};
}

}  // namespace gs::python
