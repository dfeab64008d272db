#pragma once
// The names bound in one scope, as its statements come.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lib/core/interface.h"

namespace gs::python {

class NameScope {
 public:
  enum class Type : std::uint8_t { module, class_, function };

  explicit NameScope(Type type) : type_(type) {}

  Type type() const { return type_; }
  bool conditional() const { return conditions_ > 0; }
  void open_condition() { ++conditions_; }
  void close_condition() { --conditions_; }
  void open_block() { marks_.push_back(definitions_.size()); }
  void close_block() { marks_.pop_back(); }

  // Variables and imports bound again are one definition, of the first line.
  void bind(core::Definition definition);
  // `del`: gone when the block at hand bound it; otherwise there under some condition.
  void unbind(const std::string& name);

  bool binds(const std::string& name) const { return places_.contains(name); }
  void declare_global(std::string name) { globals_.insert(std::move(name)); }
  bool is_global(const std::string& name) const { return globals_.contains(name); }

  std::vector<core::Definition> take();

 private:
  Type type_;
  std::size_t conditions_ = 0;
  std::vector<core::Definition> definitions_;  // without a name: gone
  std::vector<std::size_t> marks_;             // how many there were where each open block began
  std::unordered_map<std::string, std::vector<std::size_t>> places_;
  std::unordered_set<std::string> globals_;
};

}  // namespace gs::python
