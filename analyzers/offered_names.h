#pragma once
// What `from p import n` finds in a tree besides submodules: the names that a module's file binds.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "lib/python/modules.h"
#include "lib/core/interface.h"
#include "lib/core/source_tree.h"

namespace gs::analyzers {

// A tree, how modules are found in it, and what they offer. Remembers every interface it was given;
// tree and modules must outlive it.
class OfferedNames {
 public:
  using InterfaceOf = std::function<core::Interface(const core::ObjectId& blob)>;
  OfferedNames(core::SourceTree& tree, python::ModuleMap& modules, InterfaceOf interface_of);

  struct Answer {
    core::Interface::Answer answer = core::Interface::Answer::no;
    std::string doubt;  // of `unclear`: "llm has a module __getattr__"
  };
  // Star imports are followed as far as they stay in the tree. `imports_count`: whether names that
  // are only bound by import statements do (not so when a package imports from itself).
  Answer offers(std::string_view module, std::string_view name, bool imports_count = true);

  // Why a module that no file is may still be found: an extension module, or a package that makes
  // modules as it runs. Empty: it may not.
  std::string hidden_module(std::string_view module);

  python::ModuleMap& modules() { return modules_; }

 private:
  using Visited = std::set<std::string, std::less<>>;
  Answer look(std::string_view module, std::string_view name, bool imports_count, Visited& visited);
  Answer through_star(const std::string& module, std::string_view name, Visited& visited);
  const core::Interface* interface_of(const python::FoundModule& found);

  core::SourceTree& tree_;
  python::ModuleMap& modules_;
  InterfaceOf interface_of_;
  std::map<std::string, core::Interface, std::less<>> known_;  // by path
};

}  // namespace gs::analyzers
