#include "lib/agents/settings/settings_text.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/json.h"

namespace gs::agents {

namespace {

using NodeKind = SettingsNode::Kind;

using Path = std::vector<std::string>;

// The value that comes next, after the values within it; returns its index.
std::size_t add_value(core::JsonReader& reader, std::string_view text,
                      std::vector<SettingsNode>& nodes) {
  SettingsNode node;
  node.begin = reader.position();
  switch (reader.kind()) {
    case core::JsonKind::object:
      node.kind = NodeKind::object;
      reader.begin_object();
      while (const auto name = reader.next_member()) {
        const auto quote = static_cast<std::size_t>(name->raw.data() - text.data()) - 1;
        node.children.push_back({std::string(name->raw), quote, add_value(reader, text, nodes)});
      }
      break;
    case core::JsonKind::array:
      node.kind = NodeKind::array;
      reader.begin_array();
      while (reader.next_item()) {
        const std::size_t begin = reader.position();
        node.children.push_back({"", begin, add_value(reader, text, nodes)});
      }
      break;
    case core::JsonKind::string:
      reader.string();
      break;
    default:
      reader.skip();
  }
  node.end = reader.taken();
  nodes.push_back(std::move(node));
  return nodes.size() - 1;
}

// The nodes, the root last; empty when the text is no JSON value or nested too deeply.
std::vector<SettingsNode> parse_settings(std::string_view text) {
  std::vector<SettingsNode> nodes;
  try {
    core::JsonReader reader(text, {.repeated_keys = true, .comments = true, .lenient = true});
    add_value(reader, text, nodes);
    reader.end();
    return nodes;
  } catch (const core::JsonError&) {
    return {};
  }
}

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

std::optional<std::string> SettingsText::value(const Path& path) const {
  const SettingsNode* const node = find(path);
  return node == nullptr ? std::nullopt : std::optional(std::string(slice(*node)));
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
