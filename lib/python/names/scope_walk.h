#pragma once
// Walks a tree once and notes in each scope what is bound and used.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/python/interface/python_tree.h"
#include "lib/python/names/scopes.h"

namespace gs::python {

// Of a tree without errors. `limit`: for parsing a string that is an annotation.
ScopeTable scopes_of(const PythonTree& tree, std::chrono::milliseconds limit);

class ScopeWalk {
 public:
  ScopeWalk(const PythonTree& tree, std::chrono::milliseconds limit);

  ScopeTable run();

 private:
  // What an identifier does where it stands.
  enum class Role : std::uint8_t {
    use,
    bind,
    augment,
    annotate,  // the target of `x: int`
    remove,
    parameter,
    capture,         // in a pattern of `case`
    type_parameter,  // in the brackets of `def f[T]`
    type_name        // the name of `type A[T]`
  };

  // A node that is being walked below.
  struct Open {
    TSNode node;
    Kind kind = Kind::other;
    Role role = Role::use;
    NameUse::When when = NameUse::When::runs;
    std::size_t scope = 0;  // where its names belong
    std::size_t other = 0;  // what it opens, or is evaluated around it: of a definition its body's,
                            // of parameters the function's, of a comprehension the surrounding one
    bool direct = true;     // in the scope's block, and in no other statement of it
    bool guarded = false;
    bool strings = false;  // strings are annotations
    bool first = false;    // of a comprehension's `for` clauses
    bool looped = false;   // a comprehension whose first `for` clause has come
    bool expects = false;  // NameError, in its body
    bool assigns = false;  // `type(x).y = z`, which the grammar takes for a type alias
  };

  void walk(const PythonTree& tree, Open top);
  std::optional<Open> enter(TSNode node, TSFieldId field);
  void place(Open& open, TSFieldId field);         // as its parent has it
  void place_part(Open& open, TSFieldId field);    // of a function, class or lambda
  void place_clause(Open& open, TSFieldId field);  // of a comprehension
  void place_parameter(Open& open, TSFieldId field);
  void place_target(Open& open, TSFieldId field);
  void place_operand(Open& open);
  void place_type(Open& open, TSFieldId field);
  void place_block(Open& open, TSFieldId field);
  void place_annotation(Open& open, std::size_t scope);
  bool is_name_alone(const Open& open, TSFieldId field) const;
  bool act(Open& open);  // whether to walk below it
  bool open_statement(Open& open);
  bool open_expression(Open& open);

  void open_function(Open& open);
  void open_class(Open& open);
  void open_type_alias(Open& open);
  std::size_t open_type_parameters(const Open& open);
  void import_names(const Open& open);
  void declare(const Open& open);
  void text_annotation(const Open& open);
  bool pattern(const Open& open);
  void identifier(const Open& open);

  std::size_t add_scope(ScopeKind kind, TSNode node, std::size_t parent, std::string_view name);
  void bind(const Open& open, TSNode name, BindingKind kind);
  void bind_in(std::size_t scope, TSNode name, const Binding& binding);
  void use(const Open& open, TSNode name, NameUse::When when);
  std::string mangled(std::size_t scope, TSNode identifier) const;
  bool catches_name_error(TSNode try_statement) const;

  const PythonTree* tree_;  // of the source, or of a string in it
  const std::chrono::milliseconds limit_;
  std::optional<TSNode> string_;  // whose text is being walked
  std::vector<Open> path_;
  ScopeTable table_;
};

}  // namespace gs::python
