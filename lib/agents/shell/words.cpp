#include "lib/agents/shell/words.h"

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <dirent.h>
#include <fnmatch.h>
#include <iterator>
#include <memory>
#include <sys/stat.h>

#include "lib/core/text.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostWords = 1'000, kMostFiles = 10'000;

struct FolderCloser {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// What glob(3) finds, without order. Not by it: musl's can read without limit alone, and a pattern
// like /*/*/*/* would look through whole disks.
class PathSearch {
 public:
  // Adds the paths that begin with `found`, which is empty or ends in '/', and go on as the
  // pattern.
  void find(const std::string& found, std::string_view pattern) {
    if (found.size() >= PATH_MAX) return;
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::size_t next = std::min(pattern.find_first_not_of('/', end), pattern.size());
    const std::string slashes(pattern.substr(end, next - end));
    for (const std::string& name : names(found, std::string(pattern.substr(0, end)))) {
      const std::string path = found + name + slashes;
      if (next < pattern.size()) {
        find(path, pattern.substr(next));
      } else if (struct stat status;
                 paths_.size() < kMostFiles && ::lstat(path.c_str(), &status) == 0) {
        paths_.push_back(path);
      }
    }
  }
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::vector<std::string> names(const std::string& folder, const std::string& pattern) {
    if (!has_wildcard(pattern)) return {unescaped(pattern)};
    std::vector<std::string> names;
    const std::unique_ptr<DIR, FolderCloser> opened(
        ::opendir(folder.empty() ? "." : folder.c_str()));
    while (const dirent* entry = opened && entries_left_ > 0 ? ::readdir(opened.get()) : nullptr) {
      --entries_left_;
      if (::fnmatch(pattern.c_str(), entry->d_name, FNM_PERIOD) == 0)
        names.emplace_back(entry->d_name);
    }
    return names;
  }

  static bool has_wildcard(std::string_view pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '\\') {
        ++i;
      } else if (std::string_view("*?[").find(pattern[i]) != std::string_view::npos) {
        return true;
      }
    }
    return false;
  }

  static std::string unescaped(std::string_view pattern) {
    std::string text;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      text += pattern[i];
    }
    return text;
  }

  std::size_t entries_left_ = 50'000;
  std::vector<std::string> paths_;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::optional<int> number_in(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string without_folders(std::string_view path, int strip) {
  for (int i = 0; i < strip; ++i) {
    const std::size_t slash = path.find('/');
    if (slash == path.npos) break;
    path.remove_prefix(slash + 1);
  }
  return std::string(path);
}

}  // namespace

void Draft::add(std::string_view text, From from) {
  text_.append(text);
  from_.insert(from_.end(), text.size(), from);
  if (from == From::quotes) quoted_ = true;
}

void Draft::add(const Draft& other) {
  text_ += other.text_;
  from_.insert(from_.end(), other.from_.begin(), other.from_.end());
  quoted_ = quoted_ || other.quoted_;
}

bool Draft::known() const {
  return std::find(from_.begin(), from_.end(), From::unknown) == from_.end();
}

Word Draft::word() const {
  const auto unknown = std::find(from_.begin(), from_.end(), From::unknown);
  const auto size = static_cast<std::size_t>(unknown - from_.begin());
  return {text_.substr(0, size), unknown == from_.end()};
}

Draft Draft::part(std::size_t begin, std::size_t end) const {
  Draft part;
  part.text_ = text_.substr(begin, end - begin);
  part.from_.assign(from_.begin() + static_cast<std::ptrdiff_t>(begin),
                    from_.begin() + static_cast<std::ptrdiff_t>(end));
  part.quoted_ = quoted_;
  return part;
}

bool Draft::written(std::size_t at, char c) const {
  return text_[at] == c && from_[at] == From::line;
}

std::size_t Draft::closing_brace(std::size_t open, std::vector<std::size_t>& commas) const {
  int depth = 0;
  for (std::size_t i = open + 1; i < text_.size(); ++i) {
    if (written(i, '{')) ++depth;
    if (written(i, '}') && depth-- == 0) return i;
    if (written(i, ',') && depth == 0) commas.push_back(i);
  }
  return std::string::npos;
}

// {1..5}, {a..e}
std::vector<std::string> Draft::range(std::size_t open, std::size_t close) const {
  const std::string inner = text_.substr(open + 1, close - open - 1);
  const std::size_t dots = inner.find("..");
  std::vector<std::string> all;
  if (dots == std::string::npos) return all;
  const std::string first = inner.substr(0, dots), last = inner.substr(dots + 2);
  const bool letters =
      first.size() == 1 && last.size() == 1 && !number_in(first) && !number_in(last);
  const auto begin = letters ? std::optional<int>(first[0]) : number_in(first);
  const auto end = letters ? std::optional<int>(last[0]) : number_in(last);
  if (!begin || !end) return all;
  const int step = *begin <= *end ? 1 : -1;
  for (int value = *begin; all.size() < kMostWords; value += step) {
    all.push_back(letters ? std::string(1, static_cast<char>(value)) : std::to_string(value));
    if (value == *end) break;
  }
  return all;
}

// The first pair of braces with something to choose from, each choice in its place; empty: none.
std::vector<Draft> Draft::choices() const {
  constexpr int kMostOpen = 100;
  int opened = 0;
  std::vector<Draft> all;
  for (std::size_t open = 0; open < text_.size() && opened < kMostOpen; ++open) {
    if (!written(open, '{')) continue;
    ++opened;
    std::vector<std::size_t> commas;
    const std::size_t close = closing_brace(open, commas);
    if (close == std::string::npos) continue;
    const auto put = [&](const Draft& middle) {
      all.push_back(part(0, open));
      all.back().add(middle);
      all.back().add(part(close + 1, text_.size()));
    };
    if (commas.empty()) {
      for (const std::string& one : range(open, close)) {
        Draft middle;
        middle.add(one, From::line);
        put(middle);
      }
    } else {
      commas.push_back(close);
      std::size_t begin = open + 1;
      for (const std::size_t comma : commas) {
        if (all.size() < kMostWords) put(part(begin, comma));
        begin = comma + 1;
      }
    }
    if (!all.empty()) return all;
  }
  return all;
}

std::vector<Draft> Draft::expand_braces() const {
  std::vector<Draft> done, open{*this};
  while (!open.empty()) {
    const Draft next = std::move(open.back());
    open.pop_back();
    std::vector<Draft> choices = next.choices();
    if (choices.empty() || done.size() + open.size() > kMostWords) {
      done.push_back(next);
    } else {
      open.insert(open.end(), std::make_move_iterator(choices.rbegin()),
                  std::make_move_iterator(choices.rend()));
    }
  }
  return done;
}

void Draft::expand_tilde(std::string_view home) {
  if (text_.empty() || !written(0, '~')) return;
  Draft rest = part(1, text_.size());
  const bool own = rest.text_.empty() || rest.text_[0] == '/';
  *this = Draft();
  if (own && !home.empty()) {
    add(home, From::quotes);
  } else {
    add_unknown();
  }
  add(rest);
}

std::vector<Draft> Draft::split() const {
  std::vector<Draft> all;
  std::size_t begin = 0;
  const auto take = [&](std::size_t end) {
    if (end > begin) all.push_back(part(begin, end));
    begin = end + 1;
  };
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const bool blank = std::string_view(" \t\n").find(text_[i]) != std::string_view::npos;
    if (from_[i] == From::border || (from_[i] == From::expansion && blank)) take(i);
  }
  take(text_.size());
  if (all.empty() && quoted_) all.push_back(*this);
  return all;
}

std::vector<std::string> Draft::matches(const std::optional<fs::path>& folder) const {
  std::string pattern;
  bool is_pattern = false;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const std::string_view c = std::string_view(text_).substr(i, 1);
    const bool counts = from_[i] == From::line || from_[i] == From::expansion;
    is_pattern =
        is_pattern || (counts && std::string_view("*?[").find(c) != std::string_view::npos);
    pattern += counts && c != "\\" ? std::string(c) : escaped(c);
  }
  std::vector<std::string> paths;
  const bool absolute = pattern.starts_with('/');
  if (!is_pattern || !known() || (!absolute && !folder)) return paths;
  const std::string prefix = absolute ? "" : folder->string() + "/";
  PathSearch search;
  search.find(prefix, pattern);
  for (const std::string& path : search.paths()) paths.push_back(path.substr(prefix.size()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::optional<std::string> ansi_c_text(std::string_view quoted) {
  constexpr std::string_view kLetters = "abefnrtv\\'\"?", kMeanings = "\a\b\033\f\n\r\t\v\\'\"?";
  std::string out;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] != '\\' || i + 1 == quoted.size()) {
      out += quoted[i];
      continue;
    }
    const char c = quoted[++i];
    if (const std::size_t letter = kLetters.find(c); letter != kLetters.npos) {
      out += kMeanings[letter];
    } else if (c == 'x' || (c >= '0' && c <= '7')) {
      const std::size_t begin = c == 'x' ? i + 1 : i, most = c == 'x' ? 2 : 3;
      unsigned value = 0;
      const char* const first = quoted.data() + begin;
      const char* const last = quoted.data() + std::min(begin + most, quoted.size());
      const auto [end, error] = std::from_chars(first, last, value, c == 'x' ? 16 : 8);
      if (error != std::errc{} || value == 0) return std::nullopt;
      out += static_cast<char>(value);
      i = begin + static_cast<std::size_t>(end - first) - 1;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::vector<std::string> files_below(const fs::path& folder, std::size_t limit, bool folders) {
  std::vector<std::string> all;
  std::error_code failed;
  std::string top = folder.string();
  if (!top.ends_with('/')) top += '/';
  std::size_t visited = 0;
  for (fs::recursive_directory_iterator entry(folder, failed), end; entry != end && !failed;
       entry.increment(failed)) {
    if (++visited > 2 * limit || all.size() >= limit) break;
    std::error_code ignored;
    const bool is_folder = entry->symlink_status(ignored).type() == fs::file_type::directory;
    if (entry->path().filename() == ".git") {
      if (is_folder) entry.disable_recursion_pending();
      continue;
    }
    if (folders || !is_folder) all.push_back(entry->path().string().substr(top.size()));
  }
  std::sort(all.begin(), all.end());  // a file system has an order of its own
  return all;
}

std::vector<std::string> diff_paths(std::string_view text, int strip, const fs::path& folder) {
  std::vector<std::string> paths;
  std::string_view before;
  const auto take = [&](std::string_view name) {
    name = name.substr(0, name.find_first_of("\t\r"));
    if (name.empty() || name == "/dev/null") return;
    std::string path = without_folders(name, strip < 0 ? 1 : strip);
    std::error_code ignored;
    if (strip < 0 && !fs::exists(folder / path, ignored)) path = std::string(base_name(name));
    if (std::find(paths.begin(), paths.end(), path) == paths.end())
      paths.push_back(std::move(path));
  };
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    if (line.starts_with("+++ ") && before.starts_with("--- ")) {
      take(before.substr(4));
      take(line.substr(4));
    }
    for (const std::string_view header : {"rename from ", "rename to ", "copy to "}) {
      if (line.starts_with(header)) paths.emplace_back(line.substr(header.size()));
    }
    before = line;
  }
  return paths;
}

}  // namespace gs::agents
