#include "lib/agents/settings/settings_text.h"

#include <algorithm>
#include <optional>

#include "lib/core/error.h"

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

namespace {

using NodeKind = SettingsNode::Kind;
using Path = std::vector<std::string>;

}  // namespace

SettingsText::SettingsText(std::string text, std::string file)
    : text_(std::move(text)), file_(std::move(file)) {
  parse();
}

void SettingsText::parse() {
  nodes_ = parse_settings(text_);
  if (nodes_.empty() || nodes_.back().kind != NodeKind::object)
    throw core::Error(core::ExitCode::usage, file_ + " is no JSON object that can be added to",
                      "mend it, or move it away");
}

const SettingsNode* SettingsText::find(const Path& path) const {
  const SettingsNode* node = &nodes_.back();
  for (const std::string& name : path) {
    const auto child = std::find_if(node->children.begin(), node->children.end(),
                                    [&](const auto& one) { return one.key == name; });
    if (node->kind != NodeKind::object || child == node->children.end()) return nullptr;
    node = &nodes_[child->value];
  }
  return node;
}

std::string_view SettingsText::slice(const SettingsNode& node) const {
  return std::string_view(text_).substr(node.begin, node.end - node.begin);
}

bool SettingsText::has(const Path& path) const {
  return find(path) != nullptr;
}

std::vector<std::string> SettingsText::items(const Path& path) const {
  std::vector<std::string> all;
  const SettingsNode* node = find(path);
  if (node == nullptr || node->kind != NodeKind::array) return all;
  for (const auto& child : node->children) all.emplace_back(slice(nodes_[child.value]));
  return all;
}

std::vector<std::string> SettingsText::members(const Path& path) const {
  std::vector<std::string> all;
  const SettingsNode* node = find(path);
  if (node == nullptr || node->kind != NodeKind::object) return all;
  for (const auto& child : node->children) all.push_back(child.key);
  return all;
}

// The white space that the line begins with in which `at` stands.
std::string SettingsText::indent_at(std::size_t at) const {
  const std::size_t line = text_.rfind('\n', at) + 1;  // npos + 1 is 0
  const std::size_t end = text_.find_first_not_of(" \t", line);
  return text_.substr(line, std::min(end, text_.size()) - line);
}

// What this file indents by: its first indented line.
std::string SettingsText::unit() const {
  for (std::size_t at = text_.find('\n'); at != text_.npos; at = text_.find('\n', at + 1)) {
    const std::string indent = indent_at(at + 1);
    if (!indent.empty()) return indent;
  }
  return "  ";
}

void SettingsText::insert(const SettingsNode& node, const std::string& content) {
  if (node.children.empty()) {
    const std::string outer = indent_at(node.begin);
    text_.replace(node.begin + 1, node.end - node.begin - 2,
                  "\n" + outer + unit() + content + "\n" + outer);
  } else {
    const SettingsNode::Child& last = node.children.back();
    const std::size_t end = nodes_[last.value].end;
    const bool lines = text_.find_last_not_of(" \t", last.begin - 1) != text_.npos &&
                       text_[text_.find_last_not_of(" \t", last.begin - 1)] == '\n';
    text_.insert(end, lines ? ",\n" + indent_at(last.begin) + content : ", " + content);
  }
  parse();
}

void SettingsText::set_member(const Path& path, const std::string& name, const std::string& value) {
  const SettingsNode* node = find(path);
  if (node == nullptr || node->kind != NodeKind::object)
    throw core::Error(core::ExitCode::usage, file_ + " has no object where one must be");
  insert(*node, "\"" + name + "\": " + value);
}

void SettingsText::make_array(const Path& path) {
  Path above;
  for (std::size_t i = 0; i < path.size(); ++i) {
    Path below = above;
    below.push_back(path[i]);
    if (!has(below)) set_member(above, path[i], i + 1 == path.size() ? "[]" : "{}");
    above = std::move(below);
  }
}

void SettingsText::append(const Path& path, const std::string& item) {
  make_array(path);
  const SettingsNode* node = find(path);
  if (node->kind != NodeKind::array)
    throw core::Error(core::ExitCode::usage, file_ + ": '" + path.back() + "' is no list");
  insert(*node, item);
}

// One child and the comma that parts it from its neighbours.
void SettingsText::cut(const SettingsNode& node, std::size_t index) {
  const auto& children = node.children;
  std::size_t from = node.begin + 1, to = node.end - 1;
  if (index > 0) {
    from = nodes_[children[index - 1].value].end;
    to = nodes_[children[index].value].end;
  } else if (children.size() > 1) {
    from = children[0].begin;
    to = children[1].begin;
  }
  text_.erase(from, to - from);
  parse();
}

void SettingsText::remove_member(const Path& path, const std::string& name) {
  const SettingsNode* node = find(path);
  if (node == nullptr || node->kind != NodeKind::object) return;
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    if (node->children[i].key == name) return cut(*node, i);
  }
}

void SettingsText::remove(const Path& path, const std::string& inner,
                          const std::function<bool(std::string_view)>& ours) {
  bool removed = false;
  for (std::size_t i = items(path).size(); i-- > 0;) {
    const SettingsNode* array = find(path);
    const SettingsNode& item = nodes_[array->children[i].value];
    if (!ours(slice(item))) continue;
    const auto member =
        std::find_if(item.children.begin(), item.children.end(),
                     [&](const auto& child) { return !inner.empty() && child.key == inner; });
    removed = true;
    if (member == item.children.end()) {
      cut(*array, i);
      continue;
    }
    const std::size_t begin = array->children[i].begin, key = member->begin - begin;
    const SettingsNode* list = &nodes_[member->value];
    const auto foreign =
        std::count_if(list->children.begin(), list->children.end(),
                      [&](const auto& child) { return !ours(slice(nodes_[child.value])); });
    if (foreign == 0) {
      cut(*array, i);
      continue;
    }
    for (std::size_t j = list->children.size(); j-- > 0;) {
      if (!ours(slice(nodes_[list->children[j].value]))) continue;
      cut(*list, j);
      list = nullptr;
      for (const SettingsNode& node : nodes_) {
        for (const auto& child : node.children) {
          if (child.begin == begin + key && child.key == inner) list = &nodes_[child.value];
        }
      }
      if (list == nullptr) break;
    }
  }
  if (!removed || !items(path).empty()) return;
  Path above = path;
  above.pop_back();
  remove_member(above, path.back());
}

}  // namespace gs::agents
