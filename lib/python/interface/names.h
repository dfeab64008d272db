#pragma once
// Which names a node of the tree binds, and how it is written.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/interface.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

using OnName = std::function<void(TSNode name)>;

// The names in the target of an assignment, `for`, `del` or `as`; `__all__[…]` counts as `__all__`.
void each_target(const PythonTree& tree, TSNode target, const OnName& on_name);
// The targets of `with … as …`.
void each_with_target(const PythonTree& tree, TSNode with_clause, const OnName& on_name);
// The names that a pattern of `case` captures.
void each_capture(const PythonTree& tree, TSNode pattern, const OnName& on_name);

// The name that a `type A[T] = …` binds; null where the grammar took `type(x).y = z` for one.
TSNode alias_name(TSNode type_alias);

// As written, without comments; white space, but that in strings, is one space.
std::string written(const PythonTree& tree, TSNode node);
std::string name_of(const PythonTree& tree, TSNode identifier);  // NFKC-folded

core::Signature signature_of(const PythonTree& tree, TSNode function);
std::string decorator_of(const PythonTree& tree, TSNode decorator);
std::vector<std::string> bases_of(const PythonTree& tree, TSNode class_definition);
// As core::Definition has it.
std::string metaclass_of(const PythonTree& tree, TSNode class_definition);

// ---- A module's `__all__`, as far as it is written out.

class Exports {
 public:
  explicit Exports(const PythonTree& tree) : tree_(tree) {}

  // A statement of the module's top level: `__all__ = […]`, `+=`, `.extend([…])`, `.append("…")`,
  // `.remove("…")`. False when it is none of these, or the names are not literals.
  bool take(TSNode expression_statement);
  // Something else was done to it; `lasting`: at a time unknown, so that no assignment helps.
  void blur(bool lasting = false);
  void remove() { list_.reset(), unclear_ = false; }

  bool unclear() const { return unclear_ || lasting_; }
  std::optional<std::vector<std::string>> list() const;

 private:
  using Names = std::vector<std::string>;

  std::optional<Names> names(TSNode expression) const;
  std::optional<std::string> name(TSNode string) const;
  bool append_literal(TSNode string, std::string& to) const;
  bool assign(TSNode assignment);
  bool extend(TSNode augmented);
  bool call(TSNode call);
  bool spend(std::size_t names) const;

  const PythonTree& tree_;
  std::optional<Names> list_;
  bool unclear_ = false, lasting_ = false;
  mutable std::size_t budget_ = 1U << 20U;  // names looked at: `__all__ += __all__` doubles
};

}  // namespace gs::python
