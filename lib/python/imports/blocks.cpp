#include "lib/python/imports/blocks.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace gs::python {

namespace {

constexpr std::size_t kMostLevels = 100;  // CPython's own bound

}  // namespace

void Blocks::push(std::uint32_t column, std::uint32_t narrow, const Context& context,
                  std::uint32_t line) {
  blocks_.push_back({column, narrow, context});
  if (blocks_.size() > kMostLevels) found_->report(core::Trouble::indentation, line);
}

void Blocks::indent(std::uint32_t column, std::uint32_t narrow, std::uint32_t line) {
  const bool deeper = column > blocks_.back().column;
  if (expected_ && deeper) {
    expected_ = false;
    if (narrow <= blocks_.back().narrow) found_->report(core::Trouble::indentation, line);
    return push(column, narrow, body_, line);
  }
  bool bad = deeper || (expected_ && required_);
  expected_ = false;
  Context inner = here();
  while (column < blocks_.back().column) {
    inner = here();
    leave_chain(Chain::none, 0);
    blocks_.pop_back();
  }
  // Between two levels it is more likely a line of the inner one.
  if (column > blocks_.back().column) {
    bad = true;
    push(column, narrow, inner, line);
  }
  if (bad || narrow != blocks_.back().narrow) found_->report(core::Trouble::indentation, line);
}

void Blocks::leave_chain(Chain next, std::uint32_t line) {
  Block& block = blocks_.back();
  if (block.chain == Chain::tried) found_->report(core::Trouble::syntax, block.line);
  block.chain = next;
  block.line = line;
}

bool Blocks::continue_chain(Header header, std::uint32_t line) {
  const Chain now = blocks_.back().chain;
  Chain& chain = blocks_.back().chain;
  const bool tried = now == Chain::tried || now == Chain::handled;
  bool fits = false;
  chain = Chain::none;
  switch (header) {
    case Header::elif:
      fits = now == Chain::branches;
      chain = Chain::branches;
      break;
    case Header::else_:
      fits = now == Chain::branches || now == Chain::loop || now == Chain::handled;
      if (now == Chain::handled) chain = Chain::ending;
      break;
    case Header::except:
      fits = tried;
      chain = Chain::handled;
      break;
    default:
      fits = tried || now == Chain::ending;
  }
  if (fits) return true;
  found_->report(core::Trouble::syntax, line);
  blocks_.back().no_more = false;
  return false;
}

Context Blocks::around(Header header) const {
  Context context = here();
  const Block& block = blocks_.back();
  if ((header == Header::elif || header == Header::else_) && block.chain == Chain::branches)
    context.type_checking = context.type_checking || block.no_more;
  return context;
}

Context Blocks::open(Header header, const Test& test, std::uint32_t line) {
  Context body = around(header);
  Block& block = blocks_.back();
  switch (header) {
    case Header::if_:
      leave_chain(Chain::branches, line);
      block.no_more = false;
      break;
    case Header::loop:
      leave_chain(Chain::loop, line);
      break;
    case Header::try_:
      leave_chain(Chain::tried, line);
      block.guard = body.guard = found_->open_try(body.guard);
      break;
    case Header::def:
    case Header::class_:
      leave_chain(Chain::none, line);
      body.scope = found_->open_scope(
          header == Header::def ? core::ImportScope::function : core::ImportScope::class_body,
          body.scope);
      break;
    case Header::with:
      leave_chain(Chain::none, line);
      if (!test.guards) break;
      body.guard = found_->open_try(body.guard);
      found_->guard(body.guard);
      break;
    case Header::soft:
      leave_chain(Chain::none, line);
      break;
    default:
      if (continue_chain(header, line) && test.guards) found_->guard(block.guard);
  }
  body.type_checking = body.type_checking || test.if_true;
  block.no_more = block.no_more || test.if_false;
  return body;
}

void Blocks::expect(const Context& body, bool required) {
  body_ = body;
  expected_ = true;
  required_ = required;
}

void Blocks::finish(std::uint32_t line) {
  if (expected_ && required_) found_->report(core::Trouble::indentation, line);
  for (; !blocks_.empty(); blocks_.pop_back()) leave_chain(Chain::none, 0);
}

namespace {

// TYPE_CHECKING and x.TYPE_CHECKING with `not`, `and`, `or` and parentheses around them. Of all
// else it is only known that it tells nothing: `T and f(x)` still holds only while type-checking,
// `T or f(x)` does not. No recursion: an open parenthesis is a level of its own.
class Condition {
 public:
  Test read(Lexer& lexer) {
    for (Token token = lexer.next(); !token.is_last(); token = lexer.next()) take(token);
    while (levels_.size() > 1) levels_.pop_back();
    return value_of(levels_.back());
  }

 private:
  enum class Operand : std::uint8_t { none, name, dot, value, other };

  struct Level {
    Operand operand = Operand::none;
    bool negated = false;
    bool skipped = false;  // the arguments of a call, an index, a display
    bool other = false;    // holds a tuple, a lambda, a conditional expression …
    bool any_true = false, all_false = true;  // of the terms of an `and`
    bool all_true = true, any_false = false;  // of the terms of an `or`
    Test value;
    std::string_view name;
  };

  void take(const Token& token) {
    if (token.is('(') || token.is('[') || token.is('{')) return open(token.is('('));
    if (token.is(')') || token.is(']') || token.is('}')) return close();
    Level& level = levels_.back();
    if (level.skipped) return;
    if (token.kind == Token::Kind::name) return word(level, token.text());
    if (token.is(',') || token.is(':')) {
      level.other = true;
    } else if (token.is('.') && level.operand == Operand::name) {
      level.operand = Operand::dot;
    } else {
      level.operand = Operand::other;
    }
  }

  void word(Level& level, std::string_view text) {
    static constexpr std::array<std::string_view, 6> kLooser{"if",  "else",  "lambda",
                                                             "for", "yield", "async"};
    if (text == "and") return end_term(level);
    if (text == "or") return end_alternative(level);
    if (std::find(kLooser.begin(), kLooser.end(), text) != kLooser.end()) {
      level.other = true;
    } else if (text == "not" && level.operand == Operand::none) {
      level.negated = !level.negated;
    } else if (level.operand == Operand::none || level.operand == Operand::dot) {
      level.operand = Operand::name;
      level.name = text;
    } else {
      level.operand = Operand::other;
    }
  }

  void open(bool round) {
    Level& level = levels_.back();
    Level inner;
    inner.skipped = level.skipped || !round || level.operand != Operand::none;
    if (inner.skipped) level.operand = Operand::other;
    levels_.push_back(inner);
  }

  void close() {
    if (levels_.size() == 1) return;
    Level inner = levels_.back();
    levels_.pop_back();
    if (inner.skipped) return;
    levels_.back().operand = Operand::value;
    levels_.back().value = value_of(inner);
  }

  static void end_term(Level& level) {
    Test term;
    if (level.operand == Operand::name && level.name == "TYPE_CHECKING") term.if_true = true;
    if (level.operand == Operand::value) term = level.value;
    if (level.negated) std::swap(term.if_true, term.if_false);
    level.any_true = level.any_true || term.if_true;
    level.all_false = level.all_false && term.if_false;
    level.operand = Operand::none;
    level.negated = false;
  }

  static void end_alternative(Level& level) {
    end_term(level);
    level.all_true = level.all_true && level.any_true;
    level.any_false = level.any_false || level.all_false;
    level.any_true = false;
    level.all_false = true;
  }

  static Test value_of(Level& level) {
    end_alternative(level);
    Test test;
    test.if_true = level.all_true && !level.other;
    test.if_false = level.any_false && !level.other;
    return test;
  }

  std::vector<Level> levels_{Level{}};
};

// The exceptions of a handler: names and tuples of them, also added up. `except A, B:` is a tuple
// to Python 3.14, and to Python 2 catches A as B: taken for both.
class Handler {
 public:
  Test read(Lexer& lexer) {
    Token token = lexer.next();
    if (token.is('*')) token = lexer.next();
    test_.guards = token.is_last();
    for (; !token.is_last() && !token.is("as"); token = lexer.next()) take(token, lexer.depth());
    end_name();
    return test_;
  }

  // The same of the arguments of a call, whose '(' was read last, up to its ')'. Nobody expects
  // more of an import that fails than that its module is not there.
  bool read_arguments(Lexer& lexer) {
    no_module_ = true;
    const std::uint32_t inside = lexer.depth();
    for (Token token = lexer.next(); !token.is_last() && lexer.depth() >= inside;
         token = lexer.next()) {
      if (token.is('=')) {
        length_ = 0;
        expected_ = true;
      } else {
        take(token, lexer.depth());
      }
    }
    end_name();
    return test_.guards;
  }

 private:
  void take(const Token& token, std::uint32_t depth) {
    if (skipped_ != 0) {
      if (depth < skipped_) skipped_ = 0;
    } else if (token.is(',') || token.is('+') || token.is(')')) {
      end_name();
      expected_ = !token.is(')');
    } else if (token.is('(') && expected_) {  // a tuple: the next may be an exception, too
    } else if (token.is('(') || token.is('[') || token.is('{')) {
      skipped_ = depth;
      length_ = 0;
      expected_ = false;
    } else if (token.is('.') && length_ > 0 && !dotted_) {
      dotted_ = true;
    } else if (token.kind == Token::Kind::name && (expected_ || dotted_)) {
      add(token.text());
    } else {
      length_ = 0;
      expected_ = dotted_ = false;
    }
  }

  void add(std::string_view name) {
    if (length_ == 0) first_ = name;
    last_ = name;
    ++length_;
    expected_ = dotted_ = false;
  }

  void end_name() {
    const bool builtin =
        length_ == 1 || (length_ == 2 && (first_ == "builtins" || first_ == "__builtin__" ||
                                          first_ == "__builtins__"));
    if (builtin && !dotted_ &&
        (last_ == "ImportError" || last_ == "Exception" || last_ == "BaseException" ||
         (no_module_ && last_ == "ModuleNotFoundError")))
      test_.guards = true;
    length_ = 0;
    dotted_ = false;
  }

  Test test_;
  bool no_module_ = false;     // ModuleNotFoundError counts
  bool expected_ = true;       // an exception may start here
  bool dotted_ = false;        // behind a '.'
  std::uint32_t length_ = 0;   // of the dotted name so far
  std::uint32_t skipped_ = 0;  // the depth of a call or display that is passed over
  std::string_view first_, last_;
};

}  // namespace

Test read_condition(Lexer lexer) {
  return Condition().read(lexer);
}

Test read_handler(Lexer lexer) {
  return Handler().read(lexer);
}

Test read_entered(Lexer lexer) {
  static constexpr std::array<std::string_view, 5> kExpecting{
      "raises", "suppress", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp"};
  Test test;
  bool expecting = false;
  for (Token token = lexer.next(); !token.is_last(); token = lexer.next()) {
    if (expecting && token.is('(') && Handler().read_arguments(lexer)) test.guards = true;
    expecting = token.kind == Token::Kind::name &&
                std::find(kExpecting.begin(), kExpecting.end(), token.text()) != kExpecting.end();
  }
  return test;
}

}  // namespace gs::python
