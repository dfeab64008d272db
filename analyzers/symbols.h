#pragma once
// The names of a module or a class, each with all that it may be.

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/interface.h"
#include "lib/python/modules.h"

namespace gs::analyzers {

// A name once, with the definitions that may hold when the module has run: the last one, those of
// several branches, or all overloads. They are the interface's, which must outlive it.
struct Symbol {
  std::string name;
  std::vector<const core::Definition*> choices;  // never empty
  bool settable = false;                         // a property with a setter

  const core::Definition& definition() const { return *choices.back(); }
  core::Definition::Kind kind() const { return definition().kind; }
};

class Symbols {
 public:
  Symbols() = default;
  explicit Symbols(const std::vector<core::Definition>& definitions);

  // In the order in which the names first appear.
  const std::vector<Symbol>& list() const { return list_; }
  const Symbol* find(std::string_view name) const;

 private:
  std::vector<Symbol> list_;
  std::unordered_map<std::string_view, std::size_t> places_;  // names are the interface's
};

// The one of a name among them: cheaper than all of them for few questions.
std::optional<Symbol> symbol_named(const std::vector<core::Definition>& definitions,
                                   std::string_view name);

// Whether the two are built alike: of one kind, with the same parameters, or the same (and any)
// public members. Variables have no build.
bool same_build(const Symbol& a, const Symbol& b, bool in_class);

bool is_private(std::string_view name);

// ---- What `from p import n` finds in a tree besides submodules: the names that a module's file
// binds.

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

  // What importing a module from a file finds where a folder above the file is searched first.
  struct Nearby {
    std::string path;   // of the module, or its folder; empty: nothing
    bool root = false;  // the folder is no package: programs are started there
  };
  Nearby near(std::string_view importing_file, std::string_view module);

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

// ---- How a parameter may be given a value.

inline bool by_position(const core::Parameter& parameter) {
  return parameter.kind == core::ParameterKind::positional_only ||
         parameter.kind == core::ParameterKind::positional;
}

inline bool by_name(const core::Parameter& parameter) {
  return parameter.kind == core::ParameterKind::positional ||
         parameter.kind == core::ParameterKind::keyword_only;
}

inline bool takes(const std::vector<core::Parameter>& parameters, core::ParameterKind kind) {
  return std::ranges::find(parameters, kind, &core::Parameter::kind) != parameters.end();
}

}  // namespace gs::analyzers
