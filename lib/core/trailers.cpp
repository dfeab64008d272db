#include "lib/core/trailers.h"

#include <algorithm>

namespace gs::core {

namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_blank(std::string_view line) {
  return std::all_of(line.begin(), line.end(), is_space);
}

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_key(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return folded(x) == folded(y); });
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

// Each line with its line break.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

// The length of a line's key; 0: it is no trailer.
std::size_t key_size(std::string_view line) {
  bool space = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool word = (folded(c) >= 'a' && folded(c) <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (c == ':') return i;
    if (word && !space) continue;
    if (i == 0 || (c != ' ' && c != '\t')) return 0;
    space = true;
  }
  return 0;
}

// git writes these itself, and a paragraph that has one may hold other text, too.
bool made_by_git(std::string_view line) {
  return line.starts_with("Signed-off-by: ") || line.starts_with("(cherry picked from commit ");
}

// A message, and which of its lines are trailers.
class Message {
 public:
  Message(std::string_view text, const Comments& comments)
      : comments_(comments), lines_(lines_of(text)) {
    end_ = end_of_text();
    begin_ = begin_of_block();
  }

  std::size_t begin() const { return begin_; }  // equal to end(): there are none
  std::size_t end() const { return end_; }
  const std::vector<std::string_view>& lines() const { return lines_; }

  bool blank_before_block() const { return begin_ > 0 && is_blank(lines_[begin_ - 1]); }

  std::vector<Trailer> trailers() const {
    std::vector<Trailer> found;
    bool goes_on = false;
    for (std::size_t i = begin_; i < end_; ++i) {
      const std::string_view line = lines_[i];
      if (is_comment(line)) continue;
      if (is_space(line.front())) {
        if (goes_on) found.back().value += " " + trimmed(line);
        continue;
      }
      const std::size_t size = key_size(line);
      goes_on = size > 0;
      if (goes_on) found.push_back({trimmed(line.substr(0, size)), trimmed(line.substr(size + 1))});
    }
    return found;
  }

  // That git drops.
  bool is_comment(std::string_view line) const { return !comments_.kept && is_marked(line); }

  // The line below which git itself cuts everything off.
  bool is_cut(std::string_view line) const {
    constexpr std::string_view kCut = " ------------------------ >8 ------------------------\n";
    return is_marked(line) && line.substr(comments_.mark.size()) == kCut;
  }

 private:
  bool is_marked(std::string_view line) const {
    return !comments_.mark.empty() && line.starts_with(comments_.mark);
  }

  // A line of the list of conflicts, which is a comment in messages that git makes.
  std::string_view without_mark(std::string_view line) const {
    if (is_marked(line)) line.remove_prefix(comments_.mark.size());
    return line;
  }

  // Before the comments, blank lines and list of conflicts that stand last.
  std::size_t end_of_text() const {
    const auto cut =
        std::find_if(lines_.begin(), lines_.end(), [&](auto line) { return is_cut(line); });
    const auto last = static_cast<std::size_t>(cut - lines_.begin());
    std::size_t end = 0;  // after the last line that counts
    bool conflicts = false;
    for (std::size_t i = 0; i < last; ++i) {
      const std::string_view line = lines_[i];
      if (is_comment(line) || is_blank(line)) continue;
      const std::string_view listed = without_mark(line);
      if (listed == "Conflicts:\n" || listed == " Conflicts:\n") {
        conflicts = true;
      } else if (!conflicts || !listed.starts_with('\t')) {
        conflicts = false;
        end = i + 1;
      }
    }
    return end;
  }

  std::size_t end_of_title() const {
    for (std::size_t i = 0; i < end_; ++i) {
      if (!is_comment(lines_[i]) && is_blank(lines_[i])) return i;
    }
    return end_;
  }

  // The last paragraph, when all of it is trailers, or a quarter and one is of git's own.
  std::size_t begin_of_block() const {
    const std::size_t title = end_of_title();
    std::size_t trailers = 0, others = 0, indented = 0;
    bool by_git = false, any = false;
    for (std::size_t i = end_; i > title; --i) {
      const std::string_view line = lines_[i - 1];
      if (is_comment(line)) {
        others += indented;
        indented = 0;
      } else if (is_blank(line)) {
        if (!any) continue;
        others += indented;
        const bool mixed = by_git && trailers * 3 >= others;
        return mixed || (trailers > 0 && others == 0) ? i : end_;
      } else {
        any = true;
        const bool git = made_by_git(line);
        by_git = by_git || git;
        if (git || (!is_space(line.front()) && key_size(line) > 0)) {
          ++trailers;
          indented = 0;
        } else if (is_space(line.front())) {
          ++indented;
        } else {
          others += 1 + indented;
          indented = 0;
        }
      }
    }
    return end_;
  }

  Comments comments_;
  std::vector<std::string_view> lines_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace

std::vector<Trailer> read_trailers(std::string_view message, const Comments& comments) {
  return Message(message, comments).trailers();
}

std::string add_trailers(std::string_view message, const std::vector<Trailer>& added,
                         const Comments& comments) {
  const Message parsed(message, comments);
  const std::vector<Trailer> there = parsed.trailers();
  std::string fresh;
  for (const Trailer& trailer : added) {
    const bool known = std::any_of(there.begin(), there.end(), [&](const Trailer& old) {
      return same_key(old.key, trailer.key);
    });
    if (!known) fresh += trailer.key + ": " + trailer.value + "\n";
  }
  if (fresh.empty()) return std::string(message);
  std::string text;
  for (std::size_t i = 0; i < parsed.end(); ++i) text += parsed.lines()[i];
  if (!text.empty() && text.back() != '\n') text += '\n';
  if (!parsed.blank_before_block()) text += '\n';
  text += fresh;
  for (std::size_t i = parsed.end(); i < parsed.lines().size(); ++i) text += parsed.lines()[i];
  return text;
}

bool blank_message(std::string_view message, const Comments& comments) {
  const Message parsed(message, comments);
  for (const std::string_view line : parsed.lines()) {
    if (parsed.is_cut(line)) return true;
    if (!parsed.is_comment(line) && !is_blank(line)) return false;
  }
  return true;
}

}  // namespace gs::core
