#pragma once
// A module's `__all__`, as far as it is written out.

#include <optional>
#include <string>
#include <vector>

#include "lib/python/interface/python_tree.h"

namespace gs::python {

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
