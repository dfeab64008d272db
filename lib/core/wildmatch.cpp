#include "lib/core/wildmatch.h"

#include <algorithm>

namespace gs::core {

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

}  // namespace gs::core
