#include "lib/core/wildmatch.h"

#include <algorithm>
#include <array>

namespace gs::core {

std::string folded(std::string_view text, bool ignore_case) {
  std::string out(text);
  if (ignore_case) std::transform(out.begin(), out.end(), out.begin(), fold_case);
  return out;
}

bool same_text(std::string_view a, std::string_view b, bool ignore_case) {
  if (!ignore_case) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return fold_case(x) == fold_case(y); });
}

Stars read_stars(std::string_view pattern, std::size_t at) {
  Stars stars;
  stars.end = std::min(pattern.find_first_not_of('*', at), pattern.size());
  const std::string_view rest = pattern.substr(stars.end);
  const bool opens = at == 0 || pattern[at - 1] == '/';
  const bool slash = rest.starts_with('/'), quoted_slash = rest.starts_with("\\/");
  stars.deep = stars.end - at >= 2 && opens && (rest.empty() || slash || quoted_slash);
  if (stars.deep && !rest.empty()) stars.after_slash = stars.end + (slash ? 1 : 2);
  stars.may_vanish = stars.deep && slash;
  return stars;
}

namespace {

// One attempt to match, with two places to come back to: the last '*', which cannot pass a '/', and
// the last "**". Older ones need no second look: whatever they could still reach, the newer one
// reaches from where it first began.
class Attempt {
 public:
  Attempt(std::string_view pattern, std::string_view text, bool ignore_case)
      : pattern_(pattern), text_(text), ignore_case_(ignore_case) {}

  bool run() {
    while (true) {
      bool on = false;
      if (p_ == pattern_.size()) {
        if (t_ == text_.size()) return true;
      } else if (pattern_[p_] == '*') {
        const Stars stars = read_stars(pattern_, p_);
        const bool last = stars.end == pattern_.size();
        if (last && (stars.deep || text_.find('/', t_) == text_.npos)) return true;
        if (!last) on = enter(stars);
      } else if (t_ < text_.size()) {
        on = step();
      }
      if (!on && !retry()) return false;
    }
  }

 private:
  struct Place {
    bool set = false;
    std::size_t p = 0, t = 0;
  };

  bool enter(const Stars& stars) {
    if (!stars.deep) {
      star_ = {true, stars.end, t_};
      p_ = stars.end;
      return true;
    }
    star_.set = false;
    deep_ = {true, stars.after_slash, t_};
    p_ = stars.after_slash;
    return stars.may_vanish;
  }

  // One byte of text against one element of the pattern.
  bool step() {
    const char c = ignore_case_ ? fold_case(text_[t_]) : text_[t_];
    const char element = pattern_[p_];
    std::size_t length = 1;
    bool same = false;
    if (element == '?') {
      same = c != '/';
    } else if (element == '[') {
      const Bracket bracket = read_bracket(pattern_.substr(p_), c, ignore_case_);
      length = bracket.length;
      same = bracket.has;
    } else if (element == '\\') {
      // git folds no quoted letter: `\A` matches nothing at all when case is ignored.
      length = 2;
      same = p_ + 1 < pattern_.size() && c == pattern_[p_ + 1];
    } else {
      same = c == (ignore_case_ ? fold_case(element) : element);
    }
    if (same) {
      p_ += length;
      ++t_;
    }
    return same;
  }

  bool retry() {
    if (star_.set && star_.t < text_.size() && text_[star_.t] != '/') {
      p_ = star_.p;
      t_ = ++star_.t;
      return true;
    }
    star_.set = false;
    if (!deep_.set) return false;
    const std::size_t slash = text_.find('/', deep_.t);
    if (slash == text_.npos) return false;
    p_ = deep_.p;
    t_ = deep_.t = slash + 1;
    return true;
  }

  std::string_view pattern_, text_;
  bool ignore_case_;
  std::size_t p_ = 0, t_ = 0;
  Place star_, deep_;
};

}  // namespace

bool wildmatch(std::string_view pattern, std::string_view text, bool ignore_case) {
  return Attempt(pattern, text, ignore_case).run();
}

namespace {

using Byte = unsigned char;

bool is_lower(Byte c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(Byte c) {
  return c >= 'A' && c <= 'Z';
}
bool is_alpha(Byte c) {
  return is_lower(c) || is_upper(c);
}
bool is_digit(Byte c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(Byte c) {
  return is_alpha(c) || is_digit(c);
}
bool is_blank(Byte c) {
  return c == ' ' || c == '\t';
}
bool is_control(Byte c) {
  return c < 0x20 || c == 0x7f;
}
bool is_graph(Byte c) {
  return c > 0x20 && c < 0x7f;
}
bool is_print(Byte c) {
  return c >= 0x20 && c < 0x7f;
}
bool is_punct(Byte c) {
  return is_graph(c) && !is_alnum(c);
}
// git's own table: neither vertical tab nor form feed.
bool is_class_space(Byte c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_hex(Byte c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

struct Class {
  std::string_view name;
  bool (*has)(Byte);
};

constexpr std::array<Class, 12> kClasses{{{"alnum", is_alnum},
                                          {"alpha", is_alpha},
                                          {"blank", is_blank},
                                          {"cntrl", is_control},
                                          {"digit", is_digit},
                                          {"graph", is_graph},
                                          {"lower", is_lower},
                                          {"print", is_print},
                                          {"punct", is_punct},
                                          {"space", is_class_space},
                                          {"upper", is_upper},
                                          {"xdigit", is_hex}}};

// Reads one expression from left to right, noting whether its byte turns up.
class Reader {
 public:
  Reader(std::string_view text, char byte, bool ignore_case)
      : text_(text), byte_(static_cast<Byte>(byte)), ignore_case_(ignore_case) {}

  Bracket read() {
    const bool negated = here('!') || here('^');
    if (negated) ++at_;
    // A ']' in first place stands for itself.
    for (bool first = true; first || !here(']'); first = false) {
      if (at_ >= text_.size()) return failed(BracketFault::unclosed);
      if (const std::optional<BracketFault> fault = read_item()) return failed(*fault);
    }
    return {at_ + 1, found_ != negated && byte_ != '/', std::nullopt};
  }

 private:
  bool here(char c) const { return at_ < text_.size() && text_[at_] == c; }

  static Bracket failed(BracketFault fault) { return {0, false, fault}; }

  std::optional<BracketFault> read_item() {
    const char c = text_[at_];
    if (c == '\\') return read_quoted();
    const bool range = c == '-' && previous_ && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
    if (range) return read_range();
    if (c == '[' && text_.substr(at_ + 1).starts_with(':')) return read_class();
    take(c);
    return std::nullopt;
  }

  void take(char c) {
    found_ |= byte_ == static_cast<Byte>(c);
    previous_ = static_cast<Byte>(c);
    ++at_;
  }

  std::optional<BracketFault> read_quoted() {
    if (++at_ >= text_.size()) return BracketFault::unclosed;
    take(text_[at_]);
    return std::nullopt;
  }

  std::optional<BracketFault> read_range() {
    ++at_;
    if (here('\\') && ++at_ >= text_.size()) return BracketFault::unclosed;
    const Byte low = *previous_;
    const auto high = static_cast<Byte>(text_[at_]);
    const auto within = [&](int c) { return low <= c && c <= high; };
    found_ |= within(byte_) || (ignore_case_ && is_lower(byte_) && within(byte_ - 'a' + 'A'));
    previous_.reset();
    ++at_;
    return std::nullopt;
  }

  std::optional<BracketFault> read_class() {
    const std::size_t begin = at_ + 2;
    const std::size_t end = text_.find(']', begin);
    if (end == std::string_view::npos) return BracketFault::unclosed;
    if (end == begin || text_[end - 1] != ':') {  // no ":]": a set that holds '['
      take('[');
      return std::nullopt;
    }
    const std::string_view name = text_.substr(begin, end - 1 - begin);
    const auto row = std::find_if(kClasses.begin(), kClasses.end(),
                                  [&](const Class& known) { return known.name == name; });
    if (row == kClasses.end()) return BracketFault::unknown_class;
    found_ |= row->has(byte_) || (ignore_case_ && name == "upper" && is_lower(byte_));
    previous_.reset();
    at_ = end + 1;
    return std::nullopt;
  }

  std::string_view text_;
  Byte byte_;
  bool ignore_case_;
  bool found_ = false;
  std::optional<Byte> previous_;  // what a '-' would start a range from
  std::size_t at_ = 1;
};

}  // namespace

Bracket read_bracket(std::string_view text, char byte, bool ignore_case) {
  return Reader(text, byte, ignore_case).read();
}

}  // namespace gs::core
