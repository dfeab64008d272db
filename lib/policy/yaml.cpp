#include "lib/policy/yaml.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::policy {

namespace {

constexpr std::size_t kDeepest = 32;

Place place_of(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

// A word as messages show it, to stand in quotes of its own.
std::string unquoted(std::string_view word) {
  const std::string shown = in_quotes(word);
  return shown.substr(1, shown.size() - 2);
}

// yaml-cpp's event parser instead of its YAML::Node: events come before the parser descends, so
// that this handler bounds the recursion, and every key of a map is seen, also one given twice.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Source& source, Tree& tree) : source_(source), tree_(tree) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    if (source_.byte_at(place_of(mark)) == '-') {
      source_.fail(place_of(mark), "a second YAML document", "a policy is one document");
    }
    source_.fail(place_of(mark), "text after the end of the document",
                 "is it indented like the lines before it?");
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark&, const std::string&) override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, YamlNode::Kind::null, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end() || std::ranges::count(open_, named->second) != 0) {
      source_.fail(place_of(mark), "an alias inside of what it names");
    }
    attach(named->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    add(mark, YamlNode::Kind::scalar, anchor).text = value;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(mark, add(mark, YamlNode::Kind::list, anchor));
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(mark, add(mark, YamlNode::Kind::map, anchor));
  }
  void OnMapEnd() override {
    refuse_twins(*open_.back());
    open_.pop_back();
  }

  // The innermost list or map that was begun and not ended.
  const YamlNode* inner() const { return open_.empty() ? nullptr : open_.back(); }

 private:
  YamlNode& add(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    YamlNode& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.place = place_of(mark);
    if (anchor != 0) anchors_[anchor] = &node;
    attach(&node);
    return node;
  }

  void attach(YamlNode* node) {
    if (open_.empty()) {
      tree_.root = node;
      return;
    }
    YamlNode& parent = *open_.back();
    const bool value = parent.kind == YamlNode::Kind::map && parent.items.size() % 2 == 1;
    // The parser puts a value that is not there where the next word is, lines later.
    if (value && node->kind == YamlNode::Kind::null) node->place = parent.items.back()->place;
    node->item = parent.kind == YamlNode::Kind::list;
    parent.items.push_back(node);
  }

  void open(const YAML::Mark& mark, YamlNode& node) {
    if (open_.size() >= kDeepest) {
      source_.fail(place_of(mark), fmt::format("nested deeper than {} levels", kDeepest));
    }
    open_.push_back(&node);
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;  // none, none on plain, none on quoted
    const std::string hint =
        tag.starts_with('!')
            ? fmt::format("quote a pattern that starts with '!': \"{}\"", unquoted(tag))
            : std::string("leave it out: values are read by their key");
    source_.fail(place_of(mark), in_quotes(tag) + " is a YAML tag here", hint);
  }

  void refuse_twins(const YamlNode& map) const {
    std::map<std::string_view, const YamlNode*> seen;
    for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
      const YamlNode& key = *map.items[i];
      if (key.kind != YamlNode::Kind::scalar) source_.fail(key.place, "a key must be a word");
      if (key.text == "<<") {
        source_.fail(key.place, "merge keys ('<<') are not read", "write its keys out");
      }
      const auto [first, fresh] = seen.emplace(key.text, &key);
      if (fresh) continue;
      source_.fail(key.place, in_quotes(key.text) + " is given twice",
                   fmt::format("first on line {}", first->second->place.line));
    }
  }

  const Source& source_;
  Tree& tree_;
  std::vector<YamlNode*> open_;
  std::map<YAML::anchor_t, YamlNode*> anchors_;
  int documents_ = 0;
};

// What usually stands behind a refusal of the parser: `inner` is the list or map it was in.
std::string syntax_hint(const Source& source, Place place, const YamlNode* inner) {
  const char first = source.byte_at(place);
  if (first == '\t') return "indent with spaces";
  if (first != '\0' && std::string_view("*&!@`%").find(first) != std::string_view::npos) {
    std::string word;
    for (char c = first;
         c != '\0' && std::string_view(" ,]}\t\r").find(c) == std::string_view::npos;
         c = source.byte_at(place)) {
      word += c;
      ++place.column;
    }
    return fmt::format("quote a value that starts with '{}': \"{}\"", first, unquoted(word));
  }
  constexpr std::string_view kUsual = "a missing quote, bracket, comma, or space after ':'";
  if (inner == nullptr) return fmt::format("look for {} before this place", kUsual);
  return fmt::format("look for {}, from line {} on", kUsual, inner->place.line);
}

}  // namespace

Tree read_tree(const Source& source) {
  source.check_bytes();
  Tree tree;
  Builder builder(source, tree);
  std::istringstream stream{std::string(source.text())};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const core::Error&) {
    throw;
  } catch (const YAML::Exception& error) {
    const Place place = place_of(error.mark);
    source.fail(place, "not YAML: " + error.msg, syntax_hint(source, place, builder.inner()));
  } catch (const std::exception& error) {
    source.fail({}, std::string("not YAML: ") + error.what());
  }
  return tree;
}

namespace {

constexpr std::size_t kLargest = std::size_t{1024} * 1024;

bool control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

}  // namespace

Source::Source(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text_.starts_with(kMark)) text_.remove_prefix(kMark.size());
}

std::string_view Source::line(int number) const {
  std::string_view rest = text_;
  for (int i = 1; i < number; ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  return rest.substr(0, rest.find('\n'));
}

char Source::byte_at(Place place) const {
  const std::string_view in = line(place.line);
  const auto index = static_cast<std::size_t>(std::max(place.column, 1)) - 1;
  return index < in.size() ? in[index] : '\0';
}

Place Source::place_of(std::size_t offset) const {
  const std::string_view before = text_.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<int>(lines) + 1, static_cast<int>(offset - start) + 1};
}

void Source::fail(Place place, const std::string& message, std::string hint) const {
  std::string_view before = line(place.line);
  before = before.substr(0, static_cast<std::size_t>(std::max(place.column, 1)) - 1);
  const auto later_bytes = std::count_if(before.begin(), before.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  });
  const auto column = std::max<std::ptrdiff_t>(place.column - later_bytes, 1);
  throw PolicyError(fmt::format("{}:{}:{}: {}", origin_, place.line, column, message), place,
                    message, std::move(hint));
}

void Source::check_bytes() const {
  if (text_.size() > kLargest) {
    fail({}, fmt::format("{} bytes are too many for a policy (at most {})", text_.size(), kLargest),
         "is this the right file?");
  }
  for (std::size_t at = 0; at < text_.size();) {
    const std::size_t length = core::utf8_length(text_.substr(at));
    if (length == 0) {
      fail(place_of(at), fmt::format("byte 0x{:02X} is no UTF-8", text_[at] & 0xff),
           "save the file as UTF-8");
    }
    if (control(text_[at])) {
      fail(place_of(at), fmt::format("control character 0x{:02X}", text_[at] & 0xff),
           "a policy is plain text");
    }
    at += length;
  }
}

std::string in_quotes(std::string_view word) {
  constexpr std::size_t kLongest = 60;
  std::string shown = core::printable(word);
  if (shown.size() > kLongest) {
    std::size_t cut = kLongest;
    while (cut > 0 && (static_cast<unsigned char>(shown[cut]) & 0xc0) == 0x80) --cut;
    shown = shown.substr(0, cut) + "…";
  }
  return "'" + shown + "'";
}

}  // namespace gs::policy
