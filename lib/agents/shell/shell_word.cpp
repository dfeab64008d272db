#include "lib/agents/shell/shell_word.h"

#include <algorithm>
#include <cctype>

namespace gs::agents {

namespace {

bool is_name_start(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

}  // namespace

std::size_t WordReader::end_of(std::string_view text, std::size_t at, char open, char close) {
  std::size_t depth = 1;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (c == '\'') {
      at = text.find('\'', at + 1);
      if (at == text.npos) return text.npos;
    } else if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
      }
    } else if (c == close) {
      if (--depth == 0) return at;
    } else if (c == open) {
      ++depth;
    }
  }
  return text.npos;
}

void WordReader::literal(char c) {
  word_.text += c;
  if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') word_.pattern += '\\';
  word_.pattern += c;
}

void WordReader::plain(char c) {
  if (c == '*' || c == '?' || c == '[') patterned_ = true;
  const bool tilde = c == '~' && word_.text.empty() && !quoted_;
  if (c == '{' || tilde) worked_out_ = true;
  word_.text += c;
  word_.pattern += c;
}

bool WordReader::single_quoted() {
  const std::size_t end = text_.find('\'', at_ + 1);
  if (end == text_.npos) return false;
  for (const char c : text_.substr(at_ + 1, end - at_ - 1)) literal(c);
  at_ = end + 1;
  return true;
}

// $'…': the letters that stand for one character each; numbers are left to the shell.
bool WordReader::ansi_quoted() {
  constexpr std::string_view kLetters = "abefnrtv\\'\"?", kMeanings = "\a\b\033\f\n\r\t\v\\'\"?";
  for (at_ += 2; at_ < text_.size(); ++at_) {
    if (text_[at_] == '\'') {
      ++at_;
      return true;
    }
    if (text_[at_] != '\\' || at_ + 1 == text_.size()) {
      literal(text_[at_]);
      continue;
    }
    const std::size_t letter = kLetters.find(text_[++at_]);
    if (letter == kLetters.npos) worked_out_ = true;
    literal(letter == kLetters.npos ? text_[at_] : kMeanings[letter]);
  }
  return false;
}

bool WordReader::double_quoted() {
  for (++at_; at_ < text_.size();) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c == '$') {
      if (!dollar(true)) return false;
    } else if (c == '`') {
      if (!back_quoted()) return false;
    } else if (c == '\\' && at_ + 1 < text_.size() &&
               std::string_view("$`\"\\\n").find(text_[at_ + 1]) != std::string_view::npos) {
      if (text_[at_ + 1] != '\n') literal(text_[at_ + 1]);
      at_ += 2;
    } else {
      literal(c);
      ++at_;
    }
  }
  return false;
}

bool WordReader::substitution(std::size_t begin, char open, char close, bool command) {
  const std::size_t end = end_of(text_, begin, open, close);
  if (end == text_.npos) return false;
  if (command) inner_.push_back(text_.substr(begin, end - begin));
  word_.text += text_.substr(at_, end + 1 - at_);
  worked_out_ = true;
  at_ = end + 1;
  return true;
}

bool WordReader::dollar(bool within_quotes) {
  const std::string_view rest = text_.substr(at_ + 1);
  if (rest.starts_with("((")) return substitution(at_ + 2, '(', ')', false);
  if (rest.starts_with('(')) return substitution(at_ + 2, '(', ')', true);
  if (rest.starts_with('{')) return substitution(at_ + 2, '{', '}', false);
  if (!within_quotes && rest.starts_with('\'')) {
    quoted_ = true;
    return ansi_quoted();
  }
  if (!within_quotes && rest.starts_with('"')) {
    ++at_;
    quoted_ = true;
    return double_quoted();
  }
  const bool variable =
      !rest.empty() && (is_name_start(rest[0]) ||
                        std::string_view("@*#?$!-").find(rest[0]) != std::string_view::npos);
  if (variable) worked_out_ = true;
  literal('$');
  ++at_;
  return true;
}

bool WordReader::back_quoted() {
  std::size_t end = at_ + 1;
  while (end < text_.size() && text_[end] != '`') end += text_[end] == '\\' ? 2U : 1U;
  if (end >= text_.size()) return false;
  inner_.push_back(text_.substr(at_ + 1, end - at_ - 1));
  worked_out_ = true;
  word_.text += text_.substr(at_, end + 1 - at_);
  at_ = end + 1;
  return true;
}

bool WordReader::read() {
  constexpr std::string_view kEnds = " \t\n;&|()<>";
  bool complete = true;
  while (complete && at_ < text_.size() && kEnds.find(text_[at_]) == kEnds.npos) {
    switch (const char c = text_[at_]) {
      case '\'':
        quoted_ = true;
        complete = single_quoted();
        break;
      case '"':
        quoted_ = true;
        complete = double_quoted();
        break;
      case '$':
        complete = dollar(false);
        break;
      case '`':
        complete = back_quoted();
        break;
      case '\\':
        if (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
          quoted_ = true;
          literal(text_[at_ + 1]);
        }
        at_ = std::min(at_ + 2, text_.size());
        break;
      default:
        plain(c);
        ++at_;
    }
  }
  word_.exact = complete && !worked_out_ && !patterned_;
  word_.glob = complete && patterned_ && !worked_out_;
  return complete;
}

}  // namespace gs::agents
