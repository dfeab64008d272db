#include <fnmatch.h>

#include "lib/agents/shell/command_walk.h"

namespace gs::agents::walk {

namespace {

// Without so many characters at both ends.
std::string_view inner(std::string_view text, std::size_t front, std::size_t back) {
  return text.size() < front + back ? std::string_view()
                                    : text.substr(front, text.size() - front - back);
}

}  // namespace

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name(std::string_view text) {
  return !text.empty() && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

// --- Words

std::vector<Word> CommandReader::expand(const Node& node) {
  std::vector<Word> words;
  for (Draft& one : draft(node).expand_braces()) {
    one.expand_tilde(context_.home);
    for (const Draft& field : one.split()) {
      const auto files = field.matches(state_.folder);
      for (const std::string& file : files) words.push_back({file});
      if (files.empty()) words.push_back(field.word());
    }
  }
  return words;
}

// Without splitting: what a variable is given.
Word CommandReader::expand_whole(const Node& node) {
  Draft all = draft(node);
  all.expand_tilde(context_.home);
  return all.word();
}

Draft CommandReader::draft(const Node& node, bool quoted) {
  Draft all;
  if (nested_ >= kDeepestNode) {
    fail("is nested too deep");
    all.add_unknown();
    return all;
  }
  ++nested_;
  add(node, quoted, all);
  --nested_;
  return all;
}

void CommandReader::add(const Node& node, bool quoted, Draft& all) {
  const std::string_view text = tree_->text(node);
  switch (node.kind) {
    case Kind::word:
    case Kind::number:
    case Kind::regex:
    case Kind::extglob_pattern:
    case Kind::brace_expression:
    case Kind::special_variable_name:
    case Kind::variable_name:
      return add_text(text, quoted, all);
    case Kind::raw_string:
      return all.add(inner(text, 1, 1), From::quotes);
    case Kind::ansi_c_string: {
      const auto meant = ansi_c_text(inner(text, 2, 1));
      return meant ? all.add(*meant, From::quotes) : all.add_unknown();
    }
    case Kind::string:
      all.quote();
      return add_range(node, node.begin() + 1,
                       node.end() > node.begin() + 1 ? node.end() - 1 : node.end(), true, all);
    case Kind::command_name:
    case Kind::concatenation:
    case Kind::translated_string:
      return add_range(node, node.begin(), node.end(), quoted, all);
    case Kind::simple_expansion:
      return variable(inner(text, 1, 0), quoted, all);
    case Kind::expansion:
      return expansion(node, quoted, all);
    case Kind::command_substitution:
      return substitution(node, quoted, all);
    case Kind::token:
      if (text != "$") all.add(text, quoted ? From::quotes : From::line);
      return;
    case Kind::process_substitution:
      in_copy([&] { return statements(tree_->children(node)); });
      return all.add_unknown();
    default:
      substitutions(node);
      return all.add_unknown();
  }
}

// Text as it is written, with its backslashes.
void CommandReader::add_text(std::string_view text, bool quoted, Draft& all) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '\\' && i + 1 < text.size() &&
        (!quoted || std::string_view("$`\"\\\n").find(text[i + 1]) != std::string_view::npos);
    if (escape && text[++i] == '\n') continue;
    all.add(text.substr(i, 1), escape || quoted ? From::quotes : From::line);
  }
}

// What is in a part of the text: the nodes, and what is between them as it is written.
void CommandReader::add_range(const Node& node, std::uint32_t begin, std::uint32_t end, bool quoted,
                              Draft& all) {
  for (const Node& child : tree_->children(node)) {
    if (child.begin() < begin || child.end() > end) continue;
    const bool is_text = quoted && (child.kind == Kind::other || child.kind == Kind::token);
    if (is_text || child.begin() == child.end()) continue;
    if (child.begin() > begin) add_text(tree_->text(begin, child.begin()), quoted, all);
    add(child, quoted, all);
    begin = child.end();
  }
  if (begin < end) add_text(tree_->text(begin, end), quoted, all);
}

void CommandReader::add_value(const std::vector<Word>& items, bool quoted, Draft& all) {
  bool first = true;
  for (const Word& item : items) {
    if (!first) all.add(" ", From::border);
    first = false;
    all.add(item.text, quoted ? From::quotes : From::expansion);
    if (!item.known) all.add_unknown();
  }
}

// The value of a variable; nullptr: it is not known to have one.
std::optional<Value> CommandReader::value_of(std::string_view name) {
  const auto found = state_.variables.find(std::string(name));
  if (found != state_.variables.end()) return found->second;
  const auto folder = [](const std::optional<fs::path>& path) {
    return path ? Value{{{path->string()}}} : unknown_value();
  };
  if (name == "PWD") return folder(state_.folder);
  if (name == "OLDPWD") return folder(state_.old_folder);
  if (name == "HOME" && !context_.home.empty()) return Value{{{context_.home}}};
  if (name == "@" || name == "*")
    return state_.arguments ? Value{*state_.arguments} : unknown_value();
  if (name.size() == 1 && name[0] >= '1' && name[0] <= '9') {
    if (!state_.arguments) return unknown_value();
    const auto index = static_cast<std::size_t>(name[0] - '1');
    if (index < state_.arguments->size()) return Value{{(*state_.arguments)[index]}};
    return std::nullopt;
  }
  if (name == "0" && state_.name) return Value{{*state_.name}};
  if (!is_name(name)) return unknown_value();
  const auto given = context_.variable ? context_.variable(std::string(name)) : std::nullopt;
  if (!given) return std::nullopt;
  constexpr std::string_view kTrusted = "USER LOGNAME TMPDIR VIRTUAL_ENV CLAUDE_PROJECT_DIR";
  return is_listed(kTrusted, name) ? Value{{{*given}}} : unknown_value();
}

void CommandReader::variable(std::string_view name, bool quoted, Draft& all) {
  const auto value = value_of(name);
  if (!value) return all.add_unknown();  // set elsewhere, perhaps
  if (quoted) all.quote();
  if (name == "@" || name == "*") return add_value(value->items, quoted, all);
  add_value({value->items.empty() ? Word() : value->items[0]}, quoted, all);
}

// ${name}, ${name[@]}, ${name:-word}, ${name%pattern}, …
void CommandReader::expansion(const Node& node, bool quoted, Draft& all) {
  const std::string_view text = tree_->text(node);
  if (text.size() < 3) return all.add_unknown();
  std::size_t at = 2;
  const std::string_view specials = "@*#?$!-0123456789";
  std::size_t end = at;
  while (end < text.size() && (is_letter(text[end]) || (end > at && is_digit(text[end])))) ++end;
  if (end == at && at < text.size() && specials.find(text[at]) != specials.npos) ++end;
  const std::string_view name = text.substr(at, end - at);
  std::optional<Value> value = value_of(name);
  bool whole_list = name == "@" || name == "*";
  if (end < text.size() && text[end] == '[') {
    const std::size_t close = text.find(']', end);
    const std::string_view index = close == text.npos ? "" : text.substr(end + 1, close - end - 1);
    whole_list = index == "@" || index == "*";
    if (!whole_list && value) {
      const std::size_t number = index.size() == 1 && index[0] >= '0' && index[0] <= '9'
                                     ? static_cast<std::size_t>(index[0] - '0')
                                     : value->items.size();
      value = number < value->items.size() ? Value{{value->items[number]}} : unknown_value();
    }
    end = close == text.npos ? text.size() : close + 1;
  }
  const std::string_view rest = text.substr(std::min(end, text.size()));
  if (quoted) all.quote();
  if (rest == "}") {
    if (!value) return all.add_unknown();
    if (whole_list) return add_value(value->items, quoted, all);
    return add_value({value->items.empty() ? Word() : value->items[0]}, quoted, all);
  }
  operation(node, rest, value, quoted, all);
}

void CommandReader::operation(const Node& node, std::string_view rest,
                              const std::optional<Value>& value, bool quoted, Draft& all) {
  const bool colon = rest.starts_with(':');
  const char op = rest.size() > (colon ? 1U : 0U) ? rest[colon ? 1 : 0] : '\0';
  const std::uint32_t end = node.end() - 1;
  const auto operand = end - static_cast<std::uint32_t>(rest.size()) + (colon ? 3 : 2);
  if (std::string_view("-=+?").find(op) != std::string_view::npos) {
    const bool set = value && (!value->known() || !value->items.empty());
    const bool empty = colon && value && value->known() && value->items.size() == 1 &&
                       value->items[0].text.empty();
    Draft other;
    add_range(node, operand, end, quoted, other);
    if (value && !value->known()) return all.add_unknown();
    if (op == '+') return set && !empty ? all.add(other) : void();
    if (set && !empty) return add_value(value->items, quoted, all);
    return op == '?' ? all.add_unknown() : all.add(other);
  }
  const bool strips =
      (op == '%' || op == '#') && !colon && value && value->known() && value->items.size() == 1;
  const bool twice = rest.size() > 1 && rest[1] == op;
  const std::string_view pattern = inner(rest, twice ? 2 : 1, 1);
  if (!strips || pattern.find_first_of("$`\"'\\") != pattern.npos) {
    substitutions(node);
    return all.add_unknown();
  }
  all.add(stripped(value->items[0].text, std::string(pattern), op == '#', twice),
          quoted ? From::quotes : From::expansion);
}

// ${x%pattern}, ${x##pattern}: without the shortest, or longest, end or beginning that matches.
std::string CommandReader::stripped(const std::string& text, const std::string& pattern,
                                    bool beginning, bool longest) {
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const std::size_t size = longest ? text.size() - i : i;
    const std::string part = beginning ? text.substr(0, size) : text.substr(text.size() - size);
    if (fnmatch(pattern.c_str(), part.c_str(), 0) == 0)
      return beginning ? text.substr(size) : text.substr(0, text.size() - size);
  }
  return text;
}

void CommandReader::substitution(const Node& node, bool quoted, Draft& all) {
  const bool before = std::exchange(listing_, true);
  Output output = in_copy([&] { return statements(tree_->children(node)); });
  listing_ = before;
  const auto children = tree_->children(node);
  const bool reads_file = std::any_of(children.begin(), children.end(), [](const Node& child) {
    return child.field == Field::redirect;
  });
  if (!output || reads_file) return all.add_unknown();
  while (output->ends_with('\n')) output->pop_back();
  all.add(*output, quoted ? From::quotes : From::expansion);
}

// Commands that run within what else is not read.
void CommandReader::substitutions(const Node& node) {
  if (nested_ >= kDeepestNode || !step()) return void(fail("is nested too deep"));
  ++nested_;
  for (const Node& child : tree_->children(node)) {
    if (child.kind == Kind::command_substitution || child.kind == Kind::process_substitution) {
      in_copy([&] { return statements(tree_->children(child)); });
    } else {
      substitutions(child);
    }
  }
  --nested_;
}

Output CommandReader::arithmetic(const Node& node) {
  substitutions(node);
  const std::string_view text = tree_->text(node);
  if (!text.starts_with("((")) return "";
  for (auto& [name, value] : state_.variables) {
    if (text.find(name) != text.npos) value = unknown_value();
  }
  return "";
}

// --- Variables

void CommandReader::assign(const Node& node) {
  std::string name;
  Value value{{Word()}};
  bool appends = false, list = false;
  for (const Node& child : tree_->children(node)) {
    if (child.field == Field::name) {
      name = tree_->text(child);
      if (child.kind == Kind::subscript)
        return void(state_.variables[name.substr(0, name.find('['))] = unknown_value());
    } else if (child.kind == Kind::token) {
      appends = appends || tree_->text(child) == "+=";
    } else if (child.kind == Kind::array) {
      list = true;
      value.items.clear();
      for (const Node& item : tree_->children(child)) {
        if (item.kind == Kind::token || item.kind == Kind::comment) continue;
        for (Word& word : expand(item)) value.items.push_back(std::move(word));
      }
    } else {
      value.items = {expand_whole(child)};
    }
  }
  set_variable(name, value, appends, list);
}

void CommandReader::set_variable(const std::string& name, Value value, bool appends, bool list) {
  if (auto act = read_assignment(name, value.items.empty() ? Word() : value.items[0]))
    add_act(std::move(*act));
  if (appends) {
    const auto before = value_of(name);
    const bool known = before && before->known() && value.known();
    if (known && list) {
      value.items.insert(value.items.begin(), before->items.begin(), before->items.end());
    } else if (known && before->items.size() == 1 && value.items.size() == 1) {
      value.items[0].text.insert(0, before->items[0].text);
    } else {
      value = unknown_value();
    }
  }
  state_.variables[name] = std::move(value);
}

void CommandReader::forget_variable(const Word& name) {
  if (name.known && is_name(name.text)) state_.variables[name.text] = unknown_value();
}

// export, declare, local, readonly
Output CommandReader::declare(const Node& node) {
  for (const Node& child : tree_->children(node)) {
    if (child.kind == Kind::variable_assignment) {
      assign(child);
    } else if (child.kind != Kind::token) {
      for (const Word& word : expand(child)) exported(word);
    }
  }
  return "";
}

// "NAME=value" as a word
void CommandReader::exported(const Word& word) {
  const std::size_t equals = word.text.find('=');
  if (equals == std::string::npos || !is_name(std::string_view(word.text).substr(0, equals)))
    return;
  set_variable(word.text.substr(0, equals), {{{word.text.substr(equals + 1), word.known}}});
}

Output CommandReader::unset(const Node& node) {
  for (const Node& child : tree_->children(node)) {
    if (child.kind == Kind::variable_name || child.kind == Kind::word)
      forget_variable({std::string(tree_->text(child))});
  }
  return "";
}

}  // namespace gs::agents::walk
