#include "lib/git/config_file.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/wildmatch.h"
#include "lib/git/files.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_letter(char c) {
  const char small = core::fold_case(c);
  return small >= 'a' && small <= 'z';
}

bool is_key(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

// Reads byte by byte as git does: after the last one comes a line end, and the text is over.
class ConfigText {
 public:
  ConfigText(std::string_view text, const std::string& name) : text_(text), name_(name) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  ConfigEntries parse() {
    ConfigEntries entries;
    std::string section;
    while (true) {
      const char c = next();
      if (over_) return entries;
      if (is_space(c)) continue;
      if (c == '#' || c == ';') {
        skip_line();
      } else if (c == '[') {
        section = read_section();
      } else if (is_letter(c)) {
        entries.push_back(read_entry(section, c));
      } else {
        bad();
      }
    }
  }

 private:
  char next() {
    if (at_ == text_.size()) {
      over_ = true;
      return '\n';
    }
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    if (text_[at_] == '\n') ++line_;
    return text_[at_++];
  }

  [[noreturn]] void bad() const {
    const std::size_t line = at_ > 0 && text_[at_ - 1] == '\n' ? line_ - 1 : line_;
    throw core::Error(core::ExitCode::broken,
                      fmt::format("cannot read {}: bad line {}", core::quote_path(name_), line));
  }

  void skip_line() {
    while (next() != '\n') {
    }
  }

  // After '[': "remote."
  std::string read_section() {
    std::string name;
    for (char c = next(); c != ']'; c = next()) {
      if (over_) bad();
      if (is_space(c)) return name + read_subsection(c);
      if (!is_key(c) && c != '.') bad();
      name += core::fold_case(c);
    }
    if (name.empty()) bad();
    return name + '.';
  }

  // After "[remote ": ".Origin."
  std::string read_subsection(char c) {
    while (is_space(c)) {
      if (c == '\n') bad();
      c = next();
    }
    if (c != '"') bad();
    std::string name = ".";
    for (c = next(); c != '"'; c = next()) {
      if (c == '\\') c = next();
      if (c == '\n') bad();
      name += c;
    }
    if (next() != ']') bad();
    return name + '.';
  }

  ConfigEntry read_entry(const std::string& section, char c) {
    ConfigEntry entry{section, "true"};
    for (; !over_ && is_key(c); c = next()) entry.key += core::fold_case(c);
    while (c == ' ' || c == '\t') c = next();
    if (c == '\n') return entry;
    if (c != '=') bad();
    entry.value = read_value();
    return entry;
  }

  std::string read_value() {
    std::string value;
    bool quoted = false;
    std::size_t end = 0;  // of what is more than white space, or quoted
    while (true) {
      char c = next();
      if (c == '\n') {
        if (quoted) bad();
        value.resize(end);
        return value;
      }
      if (!quoted && is_space(c)) {
        if (!value.empty()) value += c;
        continue;
      }
      if (!quoted && (c == ';' || c == '#')) {
        skip_line();
        value.resize(end);
        return value;
      }
      if (c == '"') {
        quoted = !quoted;
      } else if (c != '\\') {
        value += c;
      } else if (c = next(); c != '\n') {
        value += escaped(c);
      }
      end = value.size();
    }
  }

  char escaped(char c) const {
    switch (c) {
      case 't':
        return '\t';
      case 'b':
        return '\b';
      case 'n':
        return '\n';
      case '\\':
      case '"':
        return c;
      default:
        bad();
    }
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0, line_ = 1;
  bool over_ = false;
};

// What stands between `before` and ".path" in a key; nothing for another key.
std::optional<std::string_view> condition_of(std::string_view key) {
  constexpr std::string_view kBefore = "includeif.", kAfter = ".path";
  if (!key.starts_with(kBefore) || !key.ends_with(kAfter)) return std::nullopt;
  if (key.size() < kBefore.size() + kAfter.size()) return std::nullopt;
  key.remove_prefix(kBefore.size());
  key.remove_suffix(kAfter.size());
  return key;
}

}  // namespace

ConfigEntries parse_config(std::string_view text, const std::string& name) {
  return ConfigText(text, name).parse();
}

bool same_config_key(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const std::size_t first = a.find('.'), last = a.rfind('.');
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool exact = first != last && i > first && i < last;
    if (exact ? a[i] != b[i] : core::fold_case(a[i]) != core::fold_case(b[i])) return false;
  }
  return true;
}

void ConfigFiles::add(const fs::path& file, int depth) {
  constexpr int kDeepest = 10;  // git's
  if (depth > kDeepest)
    throw core::Error(core::ExitCode::broken,
                      core::quote_path(file.string()) + " is included by files that include it");
  const std::optional<std::string> text = read_file(file);
  if (!text) return;
  for (ConfigEntry& entry : parse_config(*text, file.string())) {
    entry.included = depth > 0;
    const std::string key = entry.key, path = entry.value;
    entries_.push_back(std::move(entry));
    const auto condition = condition_of(key);
    if (key != "include.path" && !(condition && holds(*condition, file))) continue;
    if (const auto included = expanded(path)) add(file.parent_path() / *included, depth + 1);
  }
}

// A leading "~/"; nothing where git alone knows what is meant.
std::optional<std::string> ConfigFiles::expanded(const std::string& path) {
  const auto home = environment("HOME");
  if (path.starts_with("~/") && home) return *home + path.substr(1);
  if (!path.starts_with('~') && !path.starts_with("%(prefix)/")) return path;
  undecided_ = true;
  return std::nullopt;
}

// "gitdir:PATTERN" and "gitdir/i:PATTERN", of a git directory without links. What is before the
// pattern's own text, the place of the file or of the home, is no pattern.
bool ConfigFiles::holds(std::string_view condition, const fs::path& file) {
  if (!git_dir_) return false;
  const std::size_t colon = condition.find(':');
  const std::string_view kind = condition.substr(0, colon);
  if (kind != "gitdir" && kind != "gitdir/i") {
    undecided_ = undecided_ || kind == "onbranch" || kind == "hasconfig";
    return false;
  }
  const bool ignore_case = kind == "gitdir/i";
  std::string pattern(condition.substr(colon + 1)), literal;
  if (pattern.starts_with("./")) {
    literal = real_path(file).parent_path().string();
    pattern.erase(0, 1);
  } else if (pattern.starts_with("~/")) {
    pattern = real_path(environment("HOME").value_or("")).string() + pattern.substr(1);
  } else if (pattern.starts_with('~')) {
    undecided_ = true;
    return false;
  } else if (!pattern.starts_with('/')) {
    pattern.insert(0, "**/");
  }
  if (pattern.ends_with('/')) pattern += "**";
  const std::string text = git_dir_->string();
  const std::string_view start = std::string_view(text).substr(0, literal.size());
  return core::same_text(start, literal, ignore_case) &&
         core::wildmatch(pattern, std::string_view(text).substr(start.size()), ignore_case);
}

}  // namespace gs::git
