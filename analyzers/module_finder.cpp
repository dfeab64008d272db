#include "analyzers/module_finder.h"

namespace gs::analyzers {

namespace {

using Kind = FoundModule::Kind;

}  // namespace

ModuleFinder::ModuleFinder(core::SourceTree& tree, const std::vector<std::string>& roots)
    : tree_(tree) {
  for (const std::string& root : roots) roots_.push_back(intern(root.empty() ? "" : root + '/'));
}

ModuleFinder::Folder ModuleFinder::intern(std::string_view path) {
  const std::uint64_t hash = hash_of(path);
  const std::uint32_t known =
      folder_index_.find(hash, [&](std::uint32_t at) { return folders_[at] == path; });
  if (known != FlatIndex::kNone) return known;
  const auto fresh = static_cast<Folder>(folders_.size());
  folders_.emplace_back(path);
  folder_index_.insert(hash, fresh);
  return fresh;
}

const std::string& ModuleFinder::path_of(Folder folder, std::string_view component,
                                         std::string_view ending) {
  path_ = folders_[folder];
  path_ += component;
  path_ += ending;
  return path_;
}

ModuleFinder::Asked& ModuleFinder::asked(Folder folder, std::string_view component) {
  const std::uint64_t hash = hash_of(component, std::uint64_t{folder} + 1);
  const std::uint32_t known = asked_index_.find(hash, [&](std::uint32_t at) {
    return asked_[at].folder == folder && asked_[at].component == component;
  });
  if (known != FlatIndex::kNone) return asked_[known];
  asked_index_.insert(hash, static_cast<std::uint32_t>(asked_.size()));
  return asked_.emplace_back(Asked{folder, component});
}

bool ModuleFinder::ask(Folder folder, std::string_view component, Form form) {
  switch (form) {
    case Form::subfolder:
      return component != "__pycache__" && tree_.holds_python(path_of(folder, component, ""));
    case Form::package_py:
      return tree_.file(path_of(folder, component, "/__init__.py")).has_value();
    case Form::module_py:
      return tree_.file(path_of(folder, component, ".py")).has_value();
    case Form::package_pyi:
      return tree_.file(path_of(folder, component, "/__init__.pyi")).has_value();
    case Form::module_pyi:
      return tree_.file(path_of(folder, component, ".pyi")).has_value();
  }
  return false;
}

bool ModuleFinder::has(Folder folder, std::string_view component, Form form) {
  Asked& answers = asked(folder, component);
  if ((answers.known & form) == 0) {
    answers.known |= form;
    if (ask(folder, component, form)) answers.yes |= form;
  }
  return (answers.yes & form) != 0;
}

ModuleFinder::Answer ModuleFinder::package(Folder folder, std::string_view component,
                                           std::string_view ending) {
  Answer answer{{Kind::package, path_of(folder, component, ending)}, {}};
  answer.folders.push_back(intern(path_of(folder, component, "/")));
  return answer;
}

ModuleFinder::Answer ModuleFinder::module(Folder folder, std::string_view component,
                                          std::string_view ending) {
  return {{Kind::module, path_of(folder, component, ending)}, {}};
}

ModuleFinder::Answer ModuleFinder::look(std::span<const Folder> folders,
                                        std::string_view component) {
  // What no file of a folder can be called: import_module("a/b") finds nothing in CPython either.
  if (component.empty() || component.find('/') != component.npos) return {};
  // A folder without Python has no __init__.py: most names are none, and this is one question less.
  for (const Folder in : folders) {
    if (has(in, component, subfolder) && has(in, component, package_py)) {
      return package(in, component, "/__init__.py");
    }
    if (has(in, component, module_py)) return module(in, component, ".py");
  }
  for (const Folder in : folders) {
    if (has(in, component, subfolder) && has(in, component, package_pyi)) {
      return package(in, component, "/__init__.pyi");
    }
    if (has(in, component, module_pyi)) return module(in, component, ".pyi");
  }
  Answer answer;
  for (const Folder in : folders) {
    if (!has(in, component, subfolder)) continue;
    answer.found.kind = Kind::namespace_package;
    answer.folders.push_back(intern(path_of(in, component, "/")));
  }
  return answer;
}

}  // namespace gs::analyzers
