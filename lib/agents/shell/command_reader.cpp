#include "lib/agents/shell/command_reader.h"

#include "lib/agents/shell/command_walk.h"

namespace gs::agents::walk {

namespace {

// What is the same on two ways to get here.
State merged(const State& a, State b) {
  if (a.left != Left::no) return b;
  if (b.left != Left::no) return a;
  if (a.folder != b.folder) b.folder.reset();
  if (a.old_folder != b.old_folder) b.old_folder.reset();
  if (a.stack != b.stack) b.stack.clear();
  if (a.arguments != b.arguments) b.arguments.reset();
  for (auto& [name, value] : b.variables) {
    const auto other = a.variables.find(name);
    if (other == a.variables.end() || other->second != value) value = unknown_value();
  }
  for (const auto& [name, value] : a.variables) b.variables.try_emplace(name, unknown_value());
  b.functions.insert(a.functions.begin(), a.functions.end());
  b.made.insert(a.made.begin(), a.made.end());
  return b;
}

}  // namespace

// A whole line, in the state that is.
Output CommandReader::line(std::string_view text) {
  if (depth_ >= kDeepestLine || ++lines_ > kMostSteps / 10) return fail("runs lines within lines");
  const auto tree = parse_shell(text, deadline_);
  if (!tree) return fail("takes too long to read");
  trees_.push_back(tree);
  if (tree->has_error()) note_errors(*tree);
  const SyntaxTree* before = std::exchange(tree_, tree.get());
  ++depth_;
  const Output output = statements(tree_->children(tree_->root()));
  --depth_;
  tree_ = before;
  return output;
}

std::nullopt_t CommandReader::fail(const std::string& why) {
  if (reading_.trouble.empty()) reading_.trouble = why;
  return std::nullopt;
}

// Whether there is time for another step.
bool CommandReader::step() {
  if (++steps_ > kMostSteps || reading_.acts.size() > kMostActs) {
    fail("does too much to be read");
    return false;
  }
  if (Clock::now() < deadline_) return true;
  fail("takes too long to read");
  return false;
}

// --- Statements

Output CommandReader::statements(const std::vector<Node>& nodes) {
  Output all = "";
  for (std::size_t i = 0; i < nodes.size() && state_.left == Left::no; ++i) {
    const Node& node = nodes[i];
    if (node.kind == Kind::token || node.kind == Kind::comment || node.field == Field::redirect)
      continue;
    const bool background = i + 1 < nodes.size() && nodes[i + 1].kind == Kind::token &&
                            tree_->text(nodes[i + 1]) == "&";
    const State before = background ? state_ : State();
    const Output one = run(node, {});
    if (background) state_ = before;
    all = all && one ? Output(*all + *one) : std::nullopt;
  }
  return all;
}

Output CommandReader::run(const Node& node, const Input& input) {
  if (nested_ >= kDeepestNode) return fail("is nested too deep");
  if (!step()) return std::nullopt;
  ++nested_;
  const Output output = run_kind(node, input);
  --nested_;
  return output;
}

Output CommandReader::run_kind(const Node& node, const Input& input) {
  switch (node.kind) {
    case Kind::list:
    case Kind::pipeline:
    case Kind::negated_command:
    case Kind::redirected_statement:
      return sequence(node, input);
    case Kind::command:
      return command(node, {}, input);
    case Kind::variable_assignment:
      assign(node);
      return "";
    case Kind::declaration_command:
      return declare(node);
    case Kind::unset_command:
      return unset(node);
    case Kind::subshell:
      return in_copy([&] { return statements(tree_->children(node)); });
    case Kind::program:
    case Kind::compound_statement:
    case Kind::do_group:
      return group(node);
    case Kind::if_statement:
      return branches(node);
    case Kind::while_statement:
    case Kind::c_style_for_statement:
      return loop(node);
    case Kind::for_statement:
      return for_each(node);
    case Kind::case_statement:
      return cases(node);
    case Kind::function_definition:
      return define(node);
    case Kind::missing:
      return "";
    case Kind::error:
    case Kind::variable_assignments:
      return statements(tree_->children(node));
    case Kind::test_command:
      return arithmetic(node);
    default:
      substitutions(node);
      return std::nullopt;
  }
}

Output CommandReader::group(const Node& node) {
  const auto children = tree_->children(node);
  if (!children.empty() && tree_->text(children[0]) == "((") return arithmetic(node);
  return statements(children);
}

void CommandReader::note_errors(const SyntaxTree& tree) {
  for (const Node& node : tree.errors()) {
    fail("is no whole command line");
    const std::string_view text = tree.text(node);
    for (const std::string_view word : {"git", "rm ", ">", "mv ", "sed ", "delete"})
      reading_.risky = reading_.risky || text.find(word) != text.npos;
  }
}

// The grammar nests lists and pipelines otherwise than the shell, which binds `|` before `&&`,
// and a redirection to the last command: they are laid out flat, and grouped again.
void CommandReader::lay_out(const Node& node, std::string_view before, std::vector<Part>& parts,
                            int deep) {
  if (deep > 2'000) return void(fail("is nested too deep"));
  if (node.kind == Kind::redirected_statement) {
    std::vector<Node> redirects;
    std::optional<Node> body;
    for (const Node& child : tree_->children(node)) {
      if (child.field == Field::body) body = child;
      if (child.field == Field::redirect) redirects.push_back(child);
    }
    const std::size_t first = parts.size();
    if (body) lay_out(*body, before, parts, deep + 1);
    if (parts.size() == first) parts.push_back({std::nullopt, {}, before});
    parts.back().redirects.insert(parts.back().redirects.end(), redirects.begin(), redirects.end());
    return;
  }
  const bool flat =
      node.kind == Kind::list || node.kind == Kind::pipeline || node.kind == Kind::negated_command;
  if (!flat) return parts.push_back({node, {}, before});
  for (const Node& child : tree_->children(node)) {
    if (child.kind == Kind::token) {
      const std::string_view text = tree_->text(child);
      if (text != "!") before = text == "|&" ? "|" : text;
    } else if (child.kind != Kind::comment) {
      lay_out(child, before, parts, deep + 1);
    }
  }
}

Output CommandReader::sequence(const Node& node, const Input& input) {
  std::vector<Part> parts;
  lay_out(node, "", parts);
  Output all = "";
  State before = state_;
  for (std::size_t begin = 0; begin < parts.size();) {
    std::size_t end = begin + 1;
    while (end < parts.size() && parts[end].before == "|") ++end;
    const std::span<const Part> pipe(parts.data() + begin, end - begin);
    const State after_left = state_;
    if (parts[begin].before == "||") {
      state_ = before;
      state_.left = Left::no;
      const Output output = pipeline(pipe, {});
      all = all && output && output->empty() ? all : std::nullopt;
      state_ = merged(after_left, std::move(state_));
    } else {
      if (state_.left != Left::no) break;
      before = state_;
      const Output output = pipeline(pipe, begin == 0 ? input : Input());
      all = all && output ? Output(*all + *output) : std::nullopt;
      if (state_.left != Left::no && begin > 0) state_ = after_left;
    }
    begin = end;
  }
  return all;
}

Output CommandReader::pipeline(std::span<const Part> parts, Input input) {
  if (parts.size() == 1) return part(parts[0], input);
  Output output;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool before = std::exchange(listing_, is_used(parts, i));
    output = in_copy([&] { return part(parts[i], input); });
    listing_ = before;
    input = {output, std::nullopt};
  }
  return output;
}

// Whether what comes behind a `find` does anything with what it finds: looking for it takes time.
bool CommandReader::is_used(std::span<const Part> parts, std::size_t at) {
  if (at + 1 == parts.size() || !parts[at].node) return false;
  if (!tree_->text(*parts[at].node).starts_with("find")) return true;
  return does_anything([&] {
    Input input{std::string(kProbe) + "\n", std::nullopt};
    for (const Part& one : parts.subspan(at + 1)) input = {part(one, input), std::nullopt};
  });
}

Output CommandReader::part(const Part& part, Input input) {
  if (part.node && part.node->kind == Kind::command)
    return command(*part.node, part.redirects, input);
  bool apart = false;
  for (const Node& redirect : part.redirects) apart = redirects(redirect, input, nullptr) || apart;
  if (!part.node) return "";
  const Output output = run(*part.node, input);
  return apart ? Output("") : output;
}

// --- Redirections

// True when what the command prints goes into a file. What stands behind the file's name is an
// argument of the command.
bool CommandReader::redirects(const Node& node, Input& input, std::vector<Word>* arguments) {
  if (node.kind == Kind::herestring_redirect) {
    here_string(node, input);
    return false;
  }
  if (node.kind != Kind::file_redirect) {
    substitutions(node);
    return false;
  }
  std::string_view op, descriptor;
  std::optional<Word> target;
  bool number = false;
  for (const Node& child : tree_->children(node)) {
    if (child.kind == Kind::error) op = ">";  // <> is not in the grammar
    if (child.kind == Kind::token && op.empty()) op = tree_->text(child);
    if (child.kind == Kind::other && op.empty()) descriptor = tree_->text(child);
    if (child.field != Field::destination) continue;
    std::vector<Word> words = expand(child);
    if (!target) {
      number = child.kind == Kind::number;
      if (words.size() == 1) target = words[0];
      if (words.size() != 1) target = Word{"", false};
    } else if (arguments != nullptr) {
      arguments->insert(arguments->end(), words.begin(), words.end());
    }
  }
  if (!target) return false;
  if (op == "<" && target->text.starts_with(kText)) {
    const bool expands = target->text.starts_with(kExpandedText);
    input = {target->text.substr(expands ? kExpandedText.size() : kText.size()), std::nullopt};
    if (expands) here_substitutions(*input.text);
    if (!target->known) input.text.reset();
    return false;
  }
  if (op == "<") {
    input = {std::nullopt, target};
    if (target->text == "/dev/null") input.text = "";
    return false;
  }
  const bool copies = (op == ">&" || op == "<&") && (number || target->text == "-");
  if (op.find('>') == op.npos || copies) return false;
  touch(Effect::writes, *target, state_.folder, "");
  return descriptor.empty() || descriptor == "1";
}

void CommandReader::here_string(const Node& node, Input& input) {
  for (const Node& child : tree_->children(node)) {
    if (child.kind == Kind::token) continue;
    const Draft text = draft(child);
    const Word word = text.word();
    input = {word.known ? Output(word.text + "\n") : std::nullopt, std::nullopt};
  }
}

// What runs within a here-document: substitutions alone, quotes mean nothing there.
void CommandReader::here_substitutions(std::string_view text) {
  std::string as_string = ": \"";
  int brackets = 0;
  bool ticks = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' && (brackets > 0 || (i > 0 && text[i - 1] == '$'))) ++brackets;
    if (c == ')' && brackets > 0) --brackets;
    if (c == '`') ticks = !ticks;
    if (c == '"' && brackets == 0 && !ticks) as_string += '\\';
    as_string += c;
  }
  const std::string trouble = reading_.trouble;
  in_copy([&] { return line(as_string + "\""); });
  reading_.trouble = trouble;  // it is text, whatever it looks like
}

// --- Compound commands

// if, elif, else: each may be run.
Output CommandReader::branches(const Node& node) {
  State after;
  after.left = Left::shell;
  bool certain = false;
  std::vector<Node> body;
  const auto close = [&](const State& before) {
    const State entered = before;
    state_ = entered;
    statements(body);
    after = merged(after, std::move(state_));
    body.clear();
  };
  bool in_condition = true;
  for (const Node& child : tree_->children(node)) {
    const std::string_view text =
        child.kind == Kind::token ? tree_->text(child) : std::string_view();
    if (text == "then") {
      statements(body);
      body.clear();
      in_condition = false;
    } else if (child.kind == Kind::elif_clause || child.kind == Kind::else_clause) {
      const State before = state_;
      if (!in_condition) close(before);
      in_condition = true;
      state_ = before;
      certain = child.kind == Kind::else_clause;
      if (certain) {
        statements(tree_->children(child));
        after = merged(after, std::move(state_));
      } else {
        branches_of(child, after);
      }
      state_ = before;
    } else {
      body.push_back(child);
    }
  }
  const State before = state_;
  if (!in_condition) close(before);
  state_ = certain ? after : merged(after, before);
  return std::nullopt;
}

void CommandReader::branches_of(const Node& clause, State& after) {
  std::vector<Node> body;
  for (const Node& child : tree_->children(clause)) {
    if (child.kind == Kind::token && tree_->text(child) == "then") {
      statements(body);
      body.clear();
    } else {
      body.push_back(child);
    }
  }
  statements(body);
  after = merged(after, std::move(state_));
}

void CommandReader::end_round(const State& before) {
  if (state_.left == Left::loop) state_.left = Left::no;
  state_ = merged(before, std::move(state_));
}

Output CommandReader::loop(const Node& node) {
  std::vector<Node> condition;
  for (const Node& child : tree_->children(node)) {
    if (child.kind == Kind::do_group || child.kind == Kind::compound_statement) {
      const State before = state_;
      statements(condition);
      statements(tree_->children(child));
      end_round(before);
    } else if (node.kind == Kind::while_statement) {
      condition.push_back(child);
    } else if (child.kind != Kind::token) {
      substitutions(child);
    }
  }
  return std::nullopt;
}

// The body is read with each value, so far as they are known.
Output CommandReader::for_each(const Node& node) {
  std::string name;
  std::vector<Word> values;
  bool listed = false;
  std::optional<Node> body;
  for (const Node& child : tree_->children(node)) {
    if (child.field == Field::variable) name = tree_->text(child);
    if (child.field == Field::body) body = child;
    if (child.kind == Kind::token && tree_->text(child) == "in") listed = true;
    if (child.field != Field::value) continue;
    for (Word& word : expand(child)) values.push_back(std::move(word));
  }
  if (!listed) values = state_.arguments.value_or(std::vector<Word>{{"", false}});
  if (!body) return std::nullopt;
  const State before = state_;
  for (std::size_t i = 0; i < values.size() && i < kMostRounds && state_.left == Left::no; ++i) {
    state_.variables[name] = {{values[i]}};
    statements(tree_->children(*body));
    if (state_.left == Left::loop) state_.left = Left::no;
  }
  if (values.size() > kMostRounds) fail("does too much to be read");
  end_round(before);
  return std::nullopt;
}

Output CommandReader::cases(const Node& node) {
  State after = state_;
  for (const Node& child : tree_->children(node)) {
    if (child.kind != Kind::case_item) {
      if (child.field == Field::value) draft(child);
      continue;
    }
    const State before = state_;
    std::vector<Node> body;
    for (const Node& item : tree_->children(child)) {
      if (item.field != Field::value) body.push_back(item);
    }
    statements(body);
    after = merged(after, std::move(state_));
    state_ = before;
  }
  state_ = after;
  return std::nullopt;
}

Output CommandReader::define(const Node& node) {
  std::string name;
  for (const Node& child : tree_->children(node)) {
    if (child.field == Field::name) name = tree_->text(child);
    if (child.field == Field::body) state_.functions[name] = {tree_, child};
  }
  return "";
}

Output CommandReader::call(const Function& function, Words words) {
  if (depth_ >= kDeepestLine) return fail("runs functions within functions");
  const auto arguments =
      std::exchange(state_.arguments, std::vector<Word>(words.begin() + 1, words.end()));
  const SyntaxTree* before = std::exchange(tree_, function.tree);
  ++depth_;
  const Output output = run(function.body, {});
  --depth_;
  tree_ = before;
  if (state_.left != Left::shell) state_.left = Left::no;
  state_.arguments = arguments;
  return output;
}

}  // namespace gs::agents::walk

namespace gs::agents {

ShellReading read_command_line(std::string_view line, const ShellContext& context) {
  ShellReading reading;
  if (line.size() > kLongestLine) {
    reading.trouble = "is longer than 1 MB";
    reading.risky = true;
    return reading;
  }
  walk::CommandReader(context, reading).line(line);
  if (reading.trouble.starts_with("takes too long")) reading.risky = true;
  return reading;
}

}  // namespace gs::agents
