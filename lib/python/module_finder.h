#pragma once
// One step of a module search: a component looked for in some folders of a tree (contract, section
// 9). Remembers nothing of the tree but its folders' names.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/python/modules.h"
#include "lib/core/source_tree.h"

namespace gs::python {

class ModuleFinder {
 public:
  using Folder = std::uint32_t;
  struct Answer {
    FoundModule found;
    std::vector<Folder> folders;  // where a package's own components are looked for
  };

  ModuleFinder(core::SourceTree& tree, const std::vector<std::string>& roots);

  std::span<const Folder> roots() const { return roots_; }
  Answer look(std::span<const Folder> folders, std::string_view component);

 private:
  bool has(Folder folder, std::string_view component, std::string_view ending);
  bool has_folder(Folder folder, std::string_view component);
  const std::string& path_of(Folder folder, std::string_view component, std::string_view ending);
  Folder add_folder(std::string_view path);
  Answer package(Folder folder, std::string_view component, std::string_view ending);
  Answer module(Folder folder, std::string_view component, std::string_view ending);

  core::SourceTree& tree_;
  std::vector<std::string> folders_;  // paths with a '/' at the end; "" is the top
  std::vector<Folder> roots_;
  std::string path_;  // reused
};

}  // namespace gs::python
