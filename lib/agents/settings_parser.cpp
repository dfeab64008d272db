#include "lib/agents/settings_parser.h"

#include <optional>

namespace gs::agents {

namespace {

using NodeKind = SettingsNode::Kind;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<SettingsNode> parse() {
    if (!value(0)) return {};
    skip();
    if (at_ != text_.size()) return {};
    return std::move(nodes_);
  }

 private:
  static constexpr int kDeepest = 64;

  // White space and comments.
  void skip() {
    for (;;) {
      while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos)
        ++at_;
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (rest.starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == text_.npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<std::string_view> string() {
    if (!take('"')) return std::nullopt;
    const std::size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\n') return std::nullopt;
      if (text_[at_] == '\\') ++at_;
    }
    if (at_ >= text_.size()) return std::nullopt;
    return text_.substr(begin, at_++ - begin);
  }

  std::optional<std::size_t> add(SettingsNode node) {
    node.end = at_;
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  std::optional<std::size_t> value(int depth) {
    skip();
    if (at_ == text_.size() || depth > kDeepest) return std::nullopt;
    SettingsNode node;
    node.begin = at_;
    const char c = text_[at_];
    if (c == '{' || c == '[') return container(std::move(node), c, depth);
    if (c == '"') return string() ? add(std::move(node)) : std::nullopt;
    at_ = std::min(text_.find_first_of(" \t\r\n,]}/", at_), text_.size());
    return at_ > node.begin ? add(std::move(node)) : std::nullopt;
  }

  std::optional<std::size_t> container(SettingsNode node, char open, int depth) {
    const bool object = open == '{';
    const char close = object ? '}' : ']';
    node.kind = object ? NodeKind::object : NodeKind::array;
    ++at_;
    if (take(close)) return add(std::move(node));
    for (;;) {
      SettingsNode::Child child;
      skip();
      child.begin = at_;
      if (object) {
        const auto key = string();
        if (!key || !take(':')) return std::nullopt;
        child.key = *key;
      }
      const auto found = value(depth + 1);
      if (!found) return std::nullopt;
      child.value = *found;
      node.children.push_back(std::move(child));
      if (take(close)) return add(std::move(node));
      if (!take(',')) return std::nullopt;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<SettingsNode> nodes_;
};

}  // namespace

std::vector<SettingsNode> parse_settings(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace gs::agents
