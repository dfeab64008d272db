#pragma once
// The classes of a tree with the order in which Python looks for their methods, across modules.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/bindings.h"
#include "analyzers/broken_references.h"
#include "lib/core/interface.h"

namespace gs::analyzers {

// A class of a module's top level. `definition` is the tree's.
struct ClassPlace {
  std::string module, path;
  const core::Definition* definition = nullptr;

  bool operator==(const ClassPlace& other) const { return definition == other.definition; }
  std::string title() const { return module + "." + definition->name; }
};

// The method resolution order (C3), the class itself first, without `object`.
struct ClassOrder {
  std::vector<ClassPlace> classes;
  bool whole = true;      // no: after these may come classes of which nothing is known
  bool abstract = false;  // whether abstract methods count: ABC or ABCMeta is behind one of them
};

// What it refers to must outlive it.
class ClassHierarchy {
 public:
  explicit ClassHierarchy(const CalledTree& tree) : tree_(tree) {}

  // The only class of that name at the top level of a file; nothing where a condition decides.
  std::optional<ClassPlace> in_file(const std::string& path, std::string_view name);
  // All of these of a file, in order.
  std::vector<ClassPlace> all_in(const std::string& path);
  // Empty for a class that decorators, a metaclass or `__getattribute__` may make anything of.
  const ClassOrder& order_of(const ClassPlace& place);
  // What a file calls; null where there is none.
  const core::Calls* calls_of(const std::string& path);

 private:
  enum class Outside { unknown, nothing, abstract };  // of a base that is no class of this tree
  struct Base {
    std::optional<ClassPlace> place;
    Outside outside = Outside::unknown;
  };

  ClassOrder find_order(const ClassPlace& place);
  ClassOrder with_bases(ClassOrder order, const std::vector<ClassPlace>& bases, bool all_known);
  Base through(const std::string& path, const std::vector<std::string>& name, int depth);
  Base in_module(const std::string& module, const std::vector<std::string>& name, int depth);
  static Outside outside(std::string_view module, const std::vector<std::string>& name);
  const Bindings& bindings(const std::string& path);

  const CalledTree& tree_;
  std::map<std::string, Bindings> bindings_;              // by path
  std::map<const core::Definition*, ClassOrder> orders_;  // by the class
};

}  // namespace gs::analyzers
