#pragma once
// One word of the shell, from its first character; for shell_reader.cpp alone.

#include <string>
#include <string_view>
#include <vector>

#include "lib/agents/shell/shell_reader.h"

namespace gs::agents {

class WordReader {
 public:
  WordReader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  // Reads to the next unquoted blank or operator. False: the text ended within a quote or bracket.
  bool read();

  std::size_t at() const { return at_; }
  Word& word() { return word_; }
  bool quoted() const { return quoted_; }
  // The texts of command substitutions, in order.
  const std::vector<std::string_view>& inner() const { return inner_; }

  // Where the bracket that is open at `at` (just behind it) ends, quotes minded; npos: nowhere.
  static std::size_t end_of(std::string_view text, std::size_t at, char open, char close);

 private:
  bool single_quoted();
  bool ansi_quoted();
  bool double_quoted();
  bool dollar(bool within_quotes);
  bool back_quoted();
  bool substitution(std::size_t begin, char open, char close, bool command);
  void plain(char c);
  void literal(char c);

  std::string_view text_;
  std::size_t at_;
  Word word_;
  bool quoted_ = false, worked_out_ = false, patterned_ = false;
  std::vector<std::string_view> inner_;
};

}  // namespace gs::agents
