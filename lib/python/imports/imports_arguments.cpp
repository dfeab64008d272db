#include "lib/python/imports/imports_arguments.h"

#include <algorithm>

namespace gs::python {
namespace {

// Calls may be nested in calls: this bounds what is read for each.
constexpr int kMostTokens = 200;

bool is_keyword_sign(const Token& token) {
  return token.is('=') && *token.end != '=';
}

class ArgumentReading {
 public:
  ArgumentReading(Lexer& lexer, const Texts& texts)
      : lexer_(&lexer), texts_(&texts), base_(lexer.depth()) {}

  std::optional<Arguments> run() {
    advance();
    while (!token_.is(')')) {
      read_one();
      if (token_.is_last() || left_ <= 0) return std::nullopt;
      if (token_.is(',')) advance();
    }
    return std::move(arguments_);
  }

 private:
  void advance() {
    token_ = lexer_->next();
    --left_;
  }

  void read_one() {
    if (token_.is('*')) {
      arguments_.starred = true;
      return skip();
    }
    Argument argument;
    std::string_view keyword;
    std::uint32_t open = 0;
    for (; token_.is('('); advance()) ++open;
    if (token_.kind == Token::Kind::name) {
      argument.kind = Argument::Kind::path;
      if (!read_path(*lexer_, token_, argument.path)) argument.kind = Argument::Kind::other;
      if (open == 0 && argument.path.second.empty() && is_keyword_sign(token_)) {
        keyword = argument.path.first;
        argument = {};
        advance();
        for (; token_.is('('); advance()) ++open;
        read_value(argument);
      }
    } else {
      read_value(argument);
    }
    for (; open > 0 && token_.is(')'); advance()) --open;
    if (!is_end()) argument.kind = Argument::Kind::other;
    skip();
    put(std::move(argument), keyword);
  }

  void read_value(Argument& argument) {
    argument.kind = Argument::Kind::other;
    if (token_.kind == Token::Kind::name) {
      if (read_path(*lexer_, token_, argument.path)) argument.kind = Argument::Kind::path;
    } else if (token_.kind == Token::Kind::string) {
      argument.kind = Argument::Kind::text;
      for (; token_.kind == Token::Kind::string; advance()) {
        if (!texts_->literal(token_.text(), argument.text)) argument.kind = Argument::Kind::other;
      }
    } else {
      read_number(argument);
    }
  }

  void read_number(Argument& argument) {
    const bool negative = token_.is('-');
    if (negative) advance();
    const std::string_view digits = token_.text();
    if (token_.kind != Token::Kind::number || digits.size() > 9 ||
        !std::all_of(digits.begin(), digits.end(), is_digit))
      return;
    argument.kind = Argument::Kind::number;
    for (const char c : digits)
      argument.number = argument.number * 10 + static_cast<std::uint32_t>(c - '0');
    if (negative) argument.number = 0;
    advance();
  }

  bool is_end() const {
    return (token_.is(',') && lexer_->depth() == base_) ||
           (token_.is(')') && lexer_->depth() < base_);
  }

  void skip() {
    while (!is_end() && !token_.is_last() && left_ > 0) advance();
  }

  void put(Argument argument, std::string_view keyword) {
    if (keyword.empty()) {
      if (placed_ < arguments_.placed.size()) arguments_.placed[placed_] = std::move(argument);
      ++placed_;
    } else if (keyword == "name") {
      arguments_.name = std::move(argument);
    } else if (keyword == "package") {
      arguments_.package = std::move(argument);
    } else if (keyword == "level") {
      arguments_.level = std::move(argument);
    }
  }

  Lexer* lexer_;
  const Texts* texts_;
  std::uint32_t base_;
  int left_ = kMostTokens;
  Token token_;
  std::size_t placed_ = 0;
  Arguments arguments_;
};

}  // namespace

bool read_path(Lexer& lexer, Token& token, Path& path) {
  path = {token.text(), {}};
  int parts = 1;
  for (token = lexer.next(); token.is('.'); token = lexer.next()) {
    token = lexer.next();
    if (token.kind != Token::Kind::name) return false;
    path.second = token.text();
    ++parts;
  }
  return parts <= 2;
}

std::optional<Arguments> read_arguments(Lexer& lexer, const Texts& texts) {
  return ArgumentReading(lexer, texts).run();
}

}  // namespace gs::python
