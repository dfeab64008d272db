#include "lib/python/imports/imports_tests.h"

#include <algorithm>
#include <array>
#include <vector>

namespace gs::python {
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
        (last_ == "ImportError" || last_ == "Exception" || last_ == "BaseException"))
      test_.guards = true;
    length_ = 0;
    dotted_ = false;
  }

  Test test_;
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

}  // namespace gs::python
