#include "lib/agents/shell/shell_reader.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "lib/agents/shell/shell_word.h"

namespace gs::agents {

namespace {

constexpr int kMostNested = 8;

struct Operator {
  std::string_view text;
  enum class Kind { end, again_end, pipe, background, open, close, redirect, here } kind;
  bool writes = false;
};
// The longer ones first.
constexpr std::array kOperators{Operator{"&>>", Operator::Kind::redirect, true},
                                Operator{"<<<", Operator::Kind::redirect},
                                Operator{"<<-", Operator::Kind::here},
                                Operator{"&&", Operator::Kind::end},
                                Operator{"||", Operator::Kind::again_end},
                                Operator{"|&", Operator::Kind::pipe},
                                Operator{";;", Operator::Kind::end},
                                Operator{"&>", Operator::Kind::redirect, true},
                                Operator{">>", Operator::Kind::redirect, true},
                                Operator{">|", Operator::Kind::redirect, true},
                                Operator{">&", Operator::Kind::redirect, true},
                                Operator{"<>", Operator::Kind::redirect, true},
                                Operator{"<&", Operator::Kind::redirect},
                                Operator{"<<", Operator::Kind::here},
                                Operator{">", Operator::Kind::redirect, true},
                                Operator{"<", Operator::Kind::redirect},
                                Operator{"\n", Operator::Kind::end},
                                Operator{";", Operator::Kind::end},
                                Operator{"|", Operator::Kind::pipe},
                                Operator{"&", Operator::Kind::background},
                                Operator{"(", Operator::Kind::open},
                                Operator{")", Operator::Kind::close}};

// A reserved word, what it does to the depth of compound commands, and whether the words after it
// are no command's.
struct Reserved {
  std::string_view word;
  int deeper = 0;
  bool skips = false;
};
constexpr std::array kReserved{Reserved{"if", 1},
                               Reserved{"then"},
                               Reserved{"elif"},
                               Reserved{"else"},
                               Reserved{"fi", -1},
                               Reserved{"while", 1},
                               Reserved{"until", 1},
                               Reserved{"do"},
                               Reserved{"done", -1},
                               Reserved{"for", 1, true},
                               Reserved{"select", 1, true},
                               Reserved{"case", 1, true},
                               Reserved{"esac", -1},
                               Reserved{"function", 0, true},
                               Reserved{"{"},
                               Reserved{"}"},
                               Reserved{"!"},
                               Reserved{"time"},
                               Reserved{"coproc"}};

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

// The length of a name that an '=' (or "+=") follows; 0: it is no assignment.
std::size_t assigned_name(std::string_view raw) {
  std::size_t length = 0;
  while (length < raw.size() &&
         (std::isalnum(static_cast<unsigned char>(raw[length])) != 0 || raw[length] == '_'))
    ++length;
  const bool named = length > 0 && std::isdigit(static_cast<unsigned char>(raw[0])) == 0;
  const std::string_view rest = raw.substr(length);
  return named && (rest.starts_with('=') || rest.starts_with("+=")) ? length : 0;
}

class ShellReader {
 public:
  ShellReader(std::string_view text, int depth, Reading& reading)
      : text_(text), depth_(depth), reading_(reading) {}

  void read() {
    if (depth_ > kMostNested) {
      reading_.whole = false;
      return;
    }
    while (at_ < text_.size() && reading_.whole) next();
    if (reading_.whole) finish();
  }

 private:
  void next() {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\r') {
      ++at_;
    } else if (text_.substr(at_).starts_with("\\\n")) {
      at_ += 2;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (text_.substr(at_).starts_with("<(") || text_.substr(at_).starts_with(">(")) {
      process_substitution();
    } else if (const Operator* found = find_operator()) {
      at_ += found->text.size();
      apply(*found);
    } else {
      word();
    }
  }

  const Operator* find_operator() const {
    const auto found = std::find_if(
        kOperators.begin(), kOperators.end(),
        [&](const Operator& candidate) { return text_.substr(at_).starts_with(candidate.text); });
    return found == kOperators.end() ? nullptr : &*found;
  }

  void apply(const Operator& found) {
    using Kind = Operator::Kind;
    switch (found.kind) {
      case Kind::redirect:
      case Kind::here:
        pending_ = &found;
        return;
      case Kind::open:
        if (!command_.words.empty()) return;  // a function's name, or a pattern of `case`
        finish();
        reading_.steps.push_back({Step::Kind::open});
        ++open_;
        return;
      case Kind::close:
        finish();
        if (open_ == 0) return;  // after a pattern of `case`
        reading_.steps.push_back({Step::Kind::close});
        --open_;
        return;
      case Kind::pipe:
      case Kind::background:
        command_.apart = true;
        break;
      case Kind::end:
      case Kind::again_end:
        break;
    }
    finish();
    command_.apart = found.kind == Kind::pipe;
    after_or_ = found.kind == Kind::again_end;
    command_.perhaps = after_or_ || compound_ > 0;
    skips_ = false;
    if (found.text == "\n") here_documents();
  }

  void finish() {
    pending_ = nullptr;
    const bool empty =
        command_.words.empty() && command_.assignments.empty() && command_.redirections.empty();
    if (!empty) {
      reading_.steps.push_back({Step::Kind::command, std::move(command_)});
      last_ = reading_.steps.size();
    }
    command_ = {};
    command_.perhaps = compound_ > 0;
  }

  void process_substitution() {
    const std::size_t end = WordReader::end_of(text_, at_ + 2, '(', ')');
    if (end == text_.npos) {
      reading_.whole = false;
      return;
    }
    inner(text_.substr(at_ + 2, end - at_ - 2));
    command_.words.push_back({"", false});
    at_ = end + 1;
  }

  // Commands that run in a subshell before the one that they are a part of.
  void inner(std::string_view text) {
    reading_.steps.push_back({Step::Kind::open});
    ShellReader(text, depth_ + 1, reading_).read();
    reading_.steps.push_back({Step::Kind::close});
  }

  void word() {
    const std::size_t begin = at_;
    WordReader reader(text_, at_);
    const bool complete = reader.read();
    at_ = std::max(reader.at(), begin + 1);
    if (!complete) {
      reading_.whole = false;
      return;
    }
    for (const std::string_view text : reader.inner()) inner(text);
    const std::string_view raw = text_.substr(begin, at_ - begin);
    take(std::move(reader.word()), raw, reader.quoted());
  }

  void take(Word word, std::string_view raw, bool quoted) {
    if (pending_ != nullptr) return redirect(std::move(word));
    const bool redirects = at_ < text_.size() && (text_[at_] == '<' || text_[at_] == '>');
    if (!quoted && redirects && is_number(raw)) return;  // a descriptor's number
    if (skips_) return;
    if (command_.words.empty()) {
      if (!quoted && raw == "[[") return skip_condition();
      if (!quoted && reserved(raw)) return;
      if (const std::size_t length = assigned_name(raw); length > 0) {
        const std::string name(raw.substr(0, length));
        word.text.erase(0, word.text.find('=') + 1);
        command_.assignments.emplace_back(name, std::move(word));
        return;
      }
    }
    command_.words.push_back(std::move(word));
  }

  bool reserved(std::string_view raw) {
    const auto found = std::find_if(kReserved.begin(), kReserved.end(),
                                    [&](const Reserved& row) { return row.word == raw; });
    if (found == kReserved.end()) return false;
    compound_ = std::max(0, compound_ + found->deeper);
    command_.perhaps = command_.perhaps || compound_ > 0;
    skips_ = found->skips;
    return true;
  }

  void skip_condition() {
    const std::size_t end = text_.find("]]", at_);
    if (end == text_.npos) reading_.whole = false;
    at_ = end == text_.npos ? text_.size() : end + 2;
  }

  void redirect(Word target) {
    const Operator& found = *pending_;
    pending_ = nullptr;
    if (found.kind == Operator::Kind::here) {
      heres_.push_back({target.text, found.text == "<<-"});
      return;
    }
    const bool descriptor =
        found.text.ends_with('&') && (is_number(target.text) || target.text == "-");
    if (descriptor || found.text == "<<<") return;
    command_.redirections.push_back({std::move(target), found.writes});
  }

  // The texts that stand below the line just read.
  void here_documents() {
    for (const Here& here : heres_) {
      while (at_ < text_.size()) {
        std::string_view line = text_.substr(at_, text_.find('\n', at_) - at_);
        at_ = std::min(at_ + line.size() + 1, text_.size());
        if (here.tabs) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        if (line == here.end) break;
        if (last_ > 0) (reading_.steps[last_ - 1].command.here += line) += '\n';
      }
    }
    heres_.clear();
  }

  struct Here {
    std::string end;
    bool tabs;
  };

  std::string_view text_;
  int depth_;
  Reading& reading_;
  std::size_t at_ = 0, last_ = 0;  // last_: one past the last command's step
  SimpleCommand command_;
  const Operator* pending_ = nullptr;
  std::vector<Here> heres_;
  int open_ = 0, compound_ = 0;
  bool skips_ = false, after_or_ = false;
};

}  // namespace

Reading read_shell(std::string_view text) {
  Reading reading;
  ShellReader(text, 0, reading).read();
  return reading;
}

}  // namespace gs::agents
