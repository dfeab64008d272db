#pragma once
// One step of a module search: a component looked for in some folders of a tree (contract, section
// 9). Asks the tree each question once.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/flat_index.h"
#include "analyzers/module_map.h"
#include "lib/core/source_tree.h"

namespace gs::analyzers {

class ModuleFinder {
 public:
  using Folder = std::uint32_t;
  struct Answer {
    FoundModule found;
    std::vector<Folder> folders;  // where a package's own components are looked for
  };

  ModuleFinder(core::SourceTree& tree, const std::vector<std::string>& roots);

  std::span<const Folder> roots() const { return roots_; }
  // `component` must live as long as the finder.
  Answer look(std::span<const Folder> folders, std::string_view component);

 private:
  enum Form : unsigned {
    subfolder = 1,
    package_py = 2,
    module_py = 4,
    package_pyi = 8,
    module_pyi = 16
  };
  struct Asked {
    Folder folder;
    std::string_view component;
    unsigned known = 0, yes = 0;  // bits of Form
  };

  bool has(Folder folder, std::string_view component, Form form);
  bool ask(Folder folder, std::string_view component, Form form);
  Asked& asked(Folder folder, std::string_view component);
  const std::string& path_of(Folder folder, std::string_view component, std::string_view ending);
  Folder intern(std::string_view path);
  Answer package(Folder folder, std::string_view component, std::string_view ending);
  Answer module(Folder folder, std::string_view component, std::string_view ending);

  core::SourceTree& tree_;
  std::vector<std::string> folders_;  // paths with a '/' at the end; "" is the top
  FlatIndex folder_index_;
  std::vector<Asked> asked_;
  FlatIndex asked_index_;
  std::vector<Folder> roots_;
  std::string path_;  // reused
};

}  // namespace gs::analyzers
