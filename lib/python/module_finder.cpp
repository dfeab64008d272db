#include "lib/python/module_finder.h"

#include <algorithm>

namespace gs::python {

namespace {

using ModuleKind = FoundModule::Kind;

}  // namespace

ModuleFinder::ModuleFinder(core::SourceTree& tree, const std::vector<std::string>& roots)
    : tree_(tree) {
  for (const std::string& root : roots)
    roots_.push_back(add_folder(root.empty() ? "" : root + '/'));
}

ModuleFinder::Folder ModuleFinder::add_folder(std::string_view path) {
  folders_.emplace_back(path);
  return static_cast<Folder>(folders_.size() - 1);
}

const std::string& ModuleFinder::path_of(Folder folder, std::string_view component,
                                         std::string_view ending) {
  path_ = folders_[folder];
  path_ += component;
  path_ += ending;
  return path_;
}

bool ModuleFinder::has(Folder folder, std::string_view component, std::string_view ending) {
  return tree_.file(path_of(folder, component, ending)).has_value();
}

bool ModuleFinder::has_folder(Folder folder, std::string_view component) {
  return component != "__pycache__" && tree_.holds_python(path_of(folder, component, ""));
}

ModuleFinder::Answer ModuleFinder::package(Folder folder, std::string_view component,
                                           std::string_view ending) {
  Answer answer{{ModuleKind::package, path_of(folder, component, ending)}, {}};
  answer.folders.push_back(add_folder(path_of(folder, component, "/")));
  return answer;
}

ModuleFinder::Answer ModuleFinder::module(Folder folder, std::string_view component,
                                          std::string_view ending) {
  return {{ModuleKind::module, path_of(folder, component, ending)}, {}};
}

ModuleFinder::Answer ModuleFinder::look(std::span<const Folder> folders,
                                        std::string_view component) {
  // What no file of a folder can be called: import_module("a/b") finds nothing in CPython either.
  if (component.empty() || component.find('/') != component.npos) return {};
  // A folder without Python has no __init__.py: most names are none, and this is one question less.
  std::vector<Folder> candidates;
  for (const Folder in : folders) {
    const bool there = has_folder(in, component);
    if (there) candidates.push_back(in);
    if (there && has(in, component, "/__init__.py")) return package(in, component, "/__init__.py");
    if (has(in, component, ".py")) return module(in, component, ".py");
  }
  for (const Folder in : folders) {
    const bool there = std::ranges::find(candidates, in) != candidates.end();
    if (there && has(in, component, "/__init__.pyi")) {
      return package(in, component, "/__init__.pyi");
    }
    if (has(in, component, ".pyi")) return module(in, component, ".pyi");
  }
  if (candidates.empty()) return {};
  Answer answer{{ModuleKind::namespace_package, {}}, {}};
  for (const Folder in : candidates) {
    answer.folders.push_back(add_folder(path_of(in, component, "/")));
  }
  return answer;
}

}  // namespace gs::python
