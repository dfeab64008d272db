#pragma once
// The indentation of a program, its compound statements, and what they make of what stands in them.

#include <cstdint>
#include <vector>

#include "lib/python/imports/found.h"
#include "lib/python/imports/lexer.h"

namespace gs::python {

enum class Header : std::uint8_t {
  if_,
  elif,
  else_,
  try_,
  except,
  finally,
  loop,  // for, while
  with,
  def,
  class_,
  soft  // match, case
};

// What a header's text says of its body.
struct Test {
  bool if_true = false;   // it holds only while type-checking
  bool if_false = false;  // it fails only while type-checking
  bool guards = false;    // of except: ImportError is caught; of with: it is expected
};

class Blocks {
 public:
  explicit Blocks(Found& found) : found_(&found) {}

  // A logical line starts at a column, with tabs to every eighth and with tabs as one.
  void indent(std::uint32_t column, std::uint32_t narrow, std::uint32_t line);
  const Context& here() const { return blocks_.back().context; }

  // A simple statement, or a header and what holds in its body.
  void simple() { leave_chain(Chain::none, 0); }
  Context open(Header header, const Test& test, std::uint32_t line);
  // What holds in the text of a header.
  Context around(Header header) const;

  // The next line opens a block; it must if `required`.
  void expect(const Context& body, bool required);
  void finish(std::uint32_t line);

 private:
  // What may be continued at this level.
  enum class Chain : std::uint8_t { none, branches, loop, tried, handled, ending };
  struct Block {
    std::uint32_t column, narrow;
    Context context;
    Chain chain = Chain::none;
    bool no_more = false;  // a test so far fails only while type-checking
    std::uint32_t line = 0, guard = 0;
  };

  void push(std::uint32_t column, std::uint32_t narrow, const Context& context, std::uint32_t line);
  void leave_chain(Chain next, std::uint32_t line);
  bool continue_chain(Header header, std::uint32_t line);

  Found* found_;
  std::vector<Block> blocks_{Block{0, 0, Context{}}};
  Context body_;
  bool expected_ = false, required_ = false;
};

// ---- What the text of an `if`, an `except` or a `with` says of its body.

// Of the expression behind `if` or `elif`, which ends at the lexer's limit.
Test read_condition(Lexer lexer);

// Of what stands between `except` and its ':'.
Test read_handler(Lexer lexer);

// Of what stands between `with` and its ':': `suppress(ImportError)`, `pytest.raises(ImportError)`,
// `self.assertRaises(…)`, also with ModuleNotFoundError or a wider exception.
Test read_entered(Lexer lexer);

}  // namespace gs::python
