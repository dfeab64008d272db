#pragma once
// Walks the statements of a module, and of what is in it as far as that binds names of the module.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lib/core/interface.h"
#include "lib/python/interface/names.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

// ---- The names bound in one scope, as its statements come.

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

class InterfaceWalk {
 public:
  explicit InterfaceWalk(const PythonTree& tree);
  core::Interface run();

 private:
  enum class Closes : std::uint8_t { nothing, condition, block, scope, class_, error };

  // A node that is being walked below.
  struct Open {
    TSNode node;
    Kind kind;
    Closes closes = Closes::nothing;
    std::uint32_t width = kNoWidth;  // of the indentation of a block's statements
  };
  static constexpr std::uint32_t kNoWidth = UINT32_MAX;

  bool enter(TSNode node, TSFieldId field);  // whether to walk below it
  bool enter_statement(TSNode node, Kind kind);
  bool enter_definition(TSNode node, Kind kind);
  bool enter_expression(TSNode node, Kind kind, TSFieldId field);
  bool enter_block(TSNode node);
  void leave();
  bool open(TSNode node, Kind kind, Closes closes);

  void bind(core::Definition definition);
  void bind_variable(TSNode name);
  void import_names(TSNode statement, Kind kind);
  void star_import(TSNode statement);
  void define_function(TSNode node);
  void define_class();
  void remove_names(TSNode statement);
  void mention(TSNode identifier, TSFieldId field);
  void call(TSNode node);
  void check_indentation(TSNode statement);
  bool lost(TSNode statement) const;

  NameScope& scope() { return scopes_.back(); }
  bool at_module() const { return scopes_.size() == 1; }
  bool tells(TSNode node) const;  // a word in it makes a closer look worth while
  TSNode first_child(TSNode node, Kind kind) const;

  const PythonTree& tree_;
  std::vector<std::uint32_t> telling_;  // where such words stand
  std::vector<Open> path_;
  std::vector<NameScope> scopes_;
  std::vector<core::Definition> classes_;  // those being walked
  std::vector<std::string> decorators_;    // of the definition to come
  std::vector<core::Definition> globals_;  // bound through `global`
  std::size_t errors_ = 0;                 // broken regions being walked
  Exports exports_;
  core::Interface interface_;
};

}  // namespace gs::python
