#include "lib/agents/shell/command_reader.h"

#include <algorithm>
#include <array>
#include <fnmatch.h>
#include <map>
#include <set>

#include "lib/agents/dialects/call.h"
#include "lib/agents/shell/syntax.h"
#include "lib/agents/shell/words.h"
#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/git/layout.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using Words = std::span<const Word>;
using From = Draft::From;
// What a command prints; none: unknown.
using Output = std::optional<std::string>;

constexpr int kDeepestLine = 6, kDeepestNode = 120, kMostSteps = 20'000;
constexpr std::size_t kMostActs = 20'000, kMostRounds = 200, kMostFiles = 10'000;
constexpr std::chrono::milliseconds kLongest{500};
constexpr std::string_view kProbe = "/\x01";  // a file that is nowhere

// A command's standard input.
struct Input {
  Output text;
  std::optional<Word> file;  // that it is read from
};

struct Value {
  std::vector<Word> items;
  bool known() const {
    return std::all_of(items.begin(), items.end(), [](const Word& item) { return item.known; });
  }
  bool operator==(const Value&) const = default;
};
const Value kUnknownValue{{{"", false}}};

struct Function {
  const SyntaxTree* tree;
  Node body;
};

// How far the shell has got out of what it was in.
enum class Left { no, loop, function, shell };

// What a subshell has its own copy of.
struct State {
  std::optional<fs::path> folder, old_folder;
  std::vector<std::optional<fs::path>> stack;  // of pushd
  std::map<std::string, Value> variables;
  std::map<std::string, Function> functions;
  std::optional<Word> name;                    // $0
  std::optional<std::vector<Word>> arguments;  // $1, …
  std::set<std::string> made;                  // folders
  Left left = Left::no;
};

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
    if (other == a.variables.end() || other->second != value) value = kUnknownValue;
  }
  for (const auto& [name, value] : a.variables) b.variables.try_emplace(name, kUnknownValue);
  b.functions.insert(a.functions.begin(), a.functions.end());
  b.made.insert(a.made.begin(), a.made.end());
  return b;
}

// A command of a list or pipeline, and what stands before it.
struct Part {
  std::optional<Node> node;  // none: redirections alone
  std::vector<Node> redirects;
  std::string_view before;  // "&&", "||", "|" or nothing
};

// Programs that run the one behind their options and so many operands; separated by '|'.
struct Prefix {
  std::string_view names;
  std::string_view values;
  int operands = 0;
};
constexpr std::array kPrefixes{
    Prefix{"sudo|doas", "u g p C h r t R T U --user --group"},
    Prefix{"command|builtin|nohup|setsid|chronic|unbuffer|caffeinate|busybox|toybox|then|do|else",
           ""},
    Prefix{"exec", "a"},
    Prefix{"nice|ionice", "n c p --adjustment --class --classdata"},
    Prefix{"time|gtime", "f o --format --output"},
    Prefix{"coproc", ""},
    Prefix{"stdbuf", "i o e --input --output --error"},
    Prefix{"timeout|gtimeout", "k s --kill-after --signal", 1},
    Prefix{"flock", "w E --timeout --conflict-exit-code", 1},
    Prefix{"taskset|chrt|faketime|gosu|su-exec|choom", "p", 1},
    Prefix{"strace|ltrace", "o e s p E u a P"},
    Prefix{"xvfb-run|dbus-run-session|setarch|firejail|systemd-run|setpriv|systemd-inhibit",
           "n s e f p u E"},
    Prefix{
        "uv run",
        "p --with --python --extra --group --project --directory --env-file --with-requirements"},
    Prefix{"poetry run|pipenv run|pdm run|hatch run|rye run|pixi run|pipx run|bundle exec|pnpm "
           "exec|mise exec",
           "C P --directory --project"},
    Prefix{"conda run|mamba run|micromamba run", "n p --name --prefix --cwd"},
    Prefix{"uvx|npx|bunx", "p --from --with --python --package"},
};
constexpr std::string_view kShells = "sh bash dash zsh ksh ash mksh rbash su";

// A program's own name, in one of the lists that '|' separates, with as many words as it has.
std::size_t names_program(std::string_view names, Words words) {
  const std::string name(base_name(words[0].text));
  const std::string both =
      words.size() > 1 && words[1].known ? name + " " + words[1].text : std::string();
  while (!names.empty()) {
    const std::string_view one = names.substr(0, names.find('|'));
    names.remove_prefix(std::min(one.size() + 1, names.size()));
    if (one == name) return 1;
    if (one == both) return 2;
  }
  return 0;
}

// Where the options end that stand before another program's name.
std::size_t behind_options(Words words, std::size_t at, std::string_view values) {
  for (; at < words.size() && words[at].text.size() > 1 && words[at].text[0] == '-'; ++at) {
    const std::string& text = words[at].text;
    if (text == "--") return at + 1;
    const bool is_long = text[1] == '-';
    const std::string_view name =
        is_long ? std::string_view(text) : std::string_view(text).substr(text.size() - 1);
    // "-n5" has its value with it; "-n" has it behind.
    const bool takes = is_listed(values, name) && (is_long || text.size() == 2);
    if (takes) ++at;
  }
  return std::min(at, words.size());
}

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

std::vector<std::string> lines_of(std::string_view text, char end) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find(end));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

// Without so many characters at both ends.
std::string_view inner(std::string_view text, std::size_t front, std::size_t back) {
  return text.size() < front + back ? std::string_view()
                                    : text.substr(front, text.size() - front - back);
}

std::string_view last_part(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return base_name(path);
}

// What matches when no more than this is asked of each file.
struct FindTests {
  struct Test {
    std::string option, value;
    bool no = false;
  };
  std::vector<Test> tests;
  std::size_t least = 0, deepest = ~std::size_t{0};

  bool matches(const std::string& path, const fs::path& whole) const {
    std::error_code ignored;
    for (const Test& test : tests) {
      const bool is_case = test.option.starts_with("-i");
      const std::string option = is_case ? "-" + test.option.substr(2) : test.option;
      const std::string subject = option == "-name" ? std::string(last_part(path)) : path;
      bool yes = false;
      if (option == "-type") {
        const auto type = fs::symlink_status(whole, ignored).type();
        yes = (test.value.find('f') != std::string::npos && type == fs::file_type::regular) ||
              (test.value.find('d') != std::string::npos && type == fs::file_type::directory) ||
              (test.value.find('l') != std::string::npos && type == fs::file_type::symlink);
      } else if (option == "-empty") {
        yes = fs::is_empty(whole, ignored);
      } else {
        yes = fnmatch(test.value.c_str(), subject.c_str(), is_case ? FNM_CASEFOLD : 0) == 0;
      }
      if (yes == test.no) return false;
    }
    return true;
  }
};

class Reader {
 public:
  Reader(const ShellContext& context, ShellReading& reading)
      : context_(context), reading_(reading), deadline_(Clock::now() + kLongest) {
    state_.folder = context.folder;
  }

  // A whole line, in the state that is.
  Output line(std::string_view text) {
    if (depth_ >= kDeepestLine || ++lines_ > kMostSteps / 10)
      return fail("runs lines within lines");
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

 private:
  std::nullopt_t fail(const std::string& why) {
    if (reading_.trouble.empty()) reading_.trouble = why;
    return std::nullopt;
  }

  // Whether there is time for another step.
  bool step() {
    if (++steps_ > kMostSteps || reading_.acts.size() > kMostActs) {
      fail("does too much to be read");
      return false;
    }
    if (Clock::now() < deadline_) return true;
    fail("takes too long to read");
    return false;
  }

  // --- Statements

  Output statements(const std::vector<Node>& nodes) {
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

  Output run(const Node& node, const Input& input) {
    if (nested_ >= kDeepestNode) return fail("is nested too deep");
    if (!step()) return std::nullopt;
    ++nested_;
    const Output output = run_kind(node, input);
    --nested_;
    return output;
  }

  Output run_kind(const Node& node, const Input& input) {
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

  template <class Body>
  Output in_copy(const Body& body) {
    const State before = state_;
    const Output output = body();
    state_ = before;
    return output;
  }

  Output group(const Node& node) {
    const auto children = tree_->children(node);
    if (!children.empty() && tree_->text(children[0]) == "((") return arithmetic(node);
    return statements(children);
  }

  void note_errors(const SyntaxTree& tree) {
    for (const Node& node : tree.errors()) {
      fail("is no whole command line");
      const std::string_view text = tree.text(node);
      for (const std::string_view word : {"git", "rm ", ">", "mv ", "sed ", "delete"})
        reading_.risky = reading_.risky || text.find(word) != text.npos;
    }
  }

  // The grammar nests lists and pipelines otherwise than the shell, which binds `|` before `&&`,
  // and a redirection to the last command: they are laid out flat, and grouped again.
  void lay_out(const Node& node, std::string_view before, std::vector<Part>& parts, int deep = 0) {
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
      parts.back().redirects.insert(parts.back().redirects.end(), redirects.begin(),
                                    redirects.end());
      return;
    }
    const bool flat = node.kind == Kind::list || node.kind == Kind::pipeline ||
                      node.kind == Kind::negated_command;
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

  Output sequence(const Node& node, const Input& input) {
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

  Output pipeline(std::span<const Part> parts, Input input) {
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
  bool is_used(std::span<const Part> parts, std::size_t at) {
    if (at + 1 == parts.size() || !parts[at].node) return false;
    if (!tree_->text(*parts[at].node).starts_with("find")) return true;
    return does_anything([&] {
      Input input{std::string(kProbe) + "\n", std::nullopt};
      for (const Part& one : parts.subspan(at + 1)) input = {part(one, input), std::nullopt};
    });
  }

  template <class Body>
  bool does_anything(const Body& body) {
    const std::size_t before = reading_.acts.size();
    const bool risky = reading_.risky;
    in_copy([&] {
      body();
      return Output();
    });
    const bool any = reading_.acts.size() > before;
    reading_.acts.resize(before);
    reading_.risky = risky;
    return any;
  }

  Output part(const Part& part, Input input) {
    if (part.node && part.node->kind == Kind::command)
      return command(*part.node, part.redirects, input);
    bool apart = false;
    for (const Node& redirect : part.redirects)
      apart = redirects(redirect, input, nullptr) || apart;
    if (!part.node) return "";
    const Output output = run(*part.node, input);
    return apart ? Output("") : output;
  }

  // --- Redirections

  // True when what the command prints goes into a file. What stands behind the file's name is an
  // argument of the command.
  bool redirects(const Node& node, Input& input, std::vector<Word>* arguments) {
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

  void here_string(const Node& node, Input& input) {
    for (const Node& child : tree_->children(node)) {
      if (child.kind == Kind::token) continue;
      const Draft text = draft(child);
      const Word word = text.word();
      input = {word.known ? Output(word.text + "\n") : std::nullopt, std::nullopt};
    }
  }

  // What runs within a here-document: substitutions alone, quotes mean nothing there.
  void here_substitutions(std::string_view text) {
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

  // --- Words

  std::vector<Word> expand(const Node& node) {
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
  Word expand_whole(const Node& node) {
    Draft all = draft(node);
    all.expand_tilde(context_.home);
    return all.word();
  }

  Draft draft(const Node& node, bool quoted = false) {
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

  void add(const Node& node, bool quoted, Draft& all) {
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
  void add_text(std::string_view text, bool quoted, Draft& all) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool escape =
          text[i] == '\\' && i + 1 < text.size() &&
          (!quoted || std::string_view("$`\"\\\n").find(text[i + 1]) != std::string_view::npos);
      if (escape && text[++i] == '\n') continue;
      all.add(text.substr(i, 1), escape || quoted ? From::quotes : From::line);
    }
  }

  // What is in a part of the text: the nodes, and what is between them as it is written.
  void add_range(const Node& node, std::uint32_t begin, std::uint32_t end, bool quoted,
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

  void add_value(const std::vector<Word>& items, bool quoted, Draft& all) {
    bool first = true;
    for (const Word& item : items) {
      if (!first) all.add(" ", From::border);
      first = false;
      all.add(item.text, quoted ? From::quotes : From::expansion);
      if (!item.known) all.add_unknown();
    }
  }

  // The value of a variable; nullptr: it is not known to have one.
  std::optional<Value> value_of(std::string_view name) {
    const auto found = state_.variables.find(std::string(name));
    if (found != state_.variables.end()) return found->second;
    const auto folder = [](const std::optional<fs::path>& path) {
      return path ? Value{{{path->string()}}} : kUnknownValue;
    };
    if (name == "PWD") return folder(state_.folder);
    if (name == "OLDPWD") return folder(state_.old_folder);
    if (name == "HOME" && !context_.home.empty()) return Value{{{context_.home}}};
    if (name == "@" || name == "*")
      return state_.arguments ? Value{*state_.arguments} : kUnknownValue;
    if (name.size() == 1 && name[0] >= '1' && name[0] <= '9') {
      if (!state_.arguments) return kUnknownValue;
      const auto index = static_cast<std::size_t>(name[0] - '1');
      if (index < state_.arguments->size()) return Value{{(*state_.arguments)[index]}};
      return std::nullopt;
    }
    if (name == "0" && state_.name) return Value{{*state_.name}};
    if (!is_name(name)) return kUnknownValue;
    const auto given = context_.variable ? context_.variable(std::string(name)) : std::nullopt;
    if (!given) return std::nullopt;
    constexpr std::string_view kTrusted = "USER LOGNAME TMPDIR VIRTUAL_ENV CLAUDE_PROJECT_DIR";
    return is_listed(kTrusted, name) ? Value{{{*given}}} : kUnknownValue;
  }

  void variable(std::string_view name, bool quoted, Draft& all) {
    const auto value = value_of(name);
    if (!value) return all.add_unknown();  // set elsewhere, perhaps
    if (quoted) all.quote();
    if (name == "@" || name == "*") return add_value(value->items, quoted, all);
    add_value({value->items.empty() ? Word() : value->items[0]}, quoted, all);
  }

  // ${name}, ${name[@]}, ${name:-word}, ${name%pattern}, …
  void expansion(const Node& node, bool quoted, Draft& all) {
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
      const std::string_view index =
          close == text.npos ? "" : text.substr(end + 1, close - end - 1);
      whole_list = index == "@" || index == "*";
      if (!whole_list && value) {
        const std::size_t number = index.size() == 1 && index[0] >= '0' && index[0] <= '9'
                                       ? static_cast<std::size_t>(index[0] - '0')
                                       : value->items.size();
        value = number < value->items.size() ? Value{{value->items[number]}} : kUnknownValue;
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

  void operation(const Node& node, std::string_view rest, const std::optional<Value>& value,
                 bool quoted, Draft& all) {
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
  static std::string stripped(const std::string& text, const std::string& pattern, bool beginning,
                              bool longest) {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      const std::size_t size = longest ? text.size() - i : i;
      const std::string part = beginning ? text.substr(0, size) : text.substr(text.size() - size);
      if (fnmatch(pattern.c_str(), part.c_str(), 0) == 0)
        return beginning ? text.substr(size) : text.substr(0, text.size() - size);
    }
    return text;
  }

  void substitution(const Node& node, bool quoted, Draft& all) {
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
  void substitutions(const Node& node) {
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

  Output arithmetic(const Node& node) {
    substitutions(node);
    const std::string_view text = tree_->text(node);
    if (!text.starts_with("((")) return "";
    for (auto& [name, value] : state_.variables) {
      if (text.find(name) != text.npos) value = kUnknownValue;
    }
    return "";
  }

  // --- Variables

  void assign(const Node& node) {
    std::string name;
    Value value{{Word()}};
    bool appends = false;
    for (const Node& child : tree_->children(node)) {
      if (child.field == Field::name) {
        name = tree_->text(child);
        if (child.kind == Kind::subscript)
          return void(state_.variables[name.substr(0, name.find('['))] = kUnknownValue);
      } else if (child.kind == Kind::token) {
        appends = appends || tree_->text(child) == "+=";
      } else if (child.kind == Kind::array) {
        value.items.clear();
        for (const Node& item : tree_->children(child)) {
          if (item.kind == Kind::token || item.kind == Kind::comment) continue;
          for (Word& word : expand(item)) value.items.push_back(std::move(word));
        }
      } else {
        value.items = {expand_whole(child)};
      }
    }
    set_variable(name, value, appends);
  }

  void set_variable(const std::string& name, Value value, bool appends = false) {
    if (auto act = read_assignment(name, value.items.empty() ? Word() : value.items[0]))
      add_act(std::move(*act));
    if (appends) {
      const auto before = value_of(name);
      const bool simple = before && before->known() && value.known() && before->items.size() == 1 &&
                          value.items.size() == 1;
      if (simple) value.items[0].text.insert(0, before->items[0].text);
      if (!simple) value = kUnknownValue;
    }
    state_.variables[name] = std::move(value);
  }

  void forget_variable(const Word& name) {
    if (name.known && is_name(name.text)) state_.variables[name.text] = kUnknownValue;
  }

  // export, declare, local, readonly
  Output declare(const Node& node) {
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
  void exported(const Word& word) {
    const std::size_t equals = word.text.find('=');
    if (equals == std::string::npos || !is_name(std::string_view(word.text).substr(0, equals)))
      return;
    set_variable(word.text.substr(0, equals), {{{word.text.substr(equals + 1), word.known}}});
  }

  Output unset(const Node& node) {
    for (const Node& child : tree_->children(node)) {
      if (child.kind == Kind::variable_name || child.kind == Kind::word)
        forget_variable({std::string(tree_->text(child))});
    }
    return "";
  }

  // --- Compound commands

  // if, elif, else: each may be run.
  Output branches(const Node& node) {
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

  void branches_of(const Node& clause, State& after) {
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

  void end_round(const State& before) {
    if (state_.left == Left::loop) state_.left = Left::no;
    state_ = merged(before, std::move(state_));
  }

  Output loop(const Node& node) {
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
  Output for_each(const Node& node) {
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

  Output cases(const Node& node) {
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

  Output define(const Node& node) {
    std::string name;
    for (const Node& child : tree_->children(node)) {
      if (child.field == Field::name) name = tree_->text(child);
      if (child.field == Field::body) state_.functions[name] = {tree_, child};
    }
    return "";
  }

  Output call(const Function& function, Words words) {
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

  // --- Simple commands

  Output command(const Node& node, const std::vector<Node>& more, Input input) {
    std::vector<Word> words;
    std::vector<Node> assignments;
    bool into_file = false;
    for (const Node& child : tree_->children(node)) {
      if (child.field == Field::redirect || child.kind == Kind::file_redirect ||
          child.kind == Kind::herestring_redirect || child.kind == Kind::heredoc_redirect) {
        into_file = redirects(child, input, &words) || into_file;
      } else if (child.kind == Kind::variable_assignment) {
        assignments.push_back(child);
      } else if (child.kind == Kind::command_name) {
        const auto parts = tree_->children(child);
        const bool sums = !parts.empty() && parts[0].kind == Kind::arithmetic_expansion &&
                          tree_->text(child).starts_with("((");
        if (sums) return arithmetic(child);
        if (!(parts.size() == 1 && parts[0].kind == Kind::missing)) append(words, child);
      } else if (child.kind == Kind::error) {
        statements(tree_->children(child));
      } else if (!(child.kind == Kind::token && tree_->text(child) == "$")) {
        append(words, child);
      }
    }
    for (const Node& redirect : more) into_file = redirects(redirect, input, &words) || into_file;
    const auto before = state_.variables;
    for (const Node& assignment : assignments) assign(assignment);
    if (words.empty()) return "";
    const Output output = program(words, input);
    if (!assignments.empty()) state_.variables = before;
    return into_file ? Output("") : output;
  }

  void append(std::vector<Word>& words, const Node& node) {
    for (Word& word : expand(node)) words.push_back(std::move(word));
  }

  // `words` is not empty.
  Output program(Words words, const Input& input) {
    if (!step() || !words[0].known || words[0].text.empty()) return std::nullopt;
    const std::string name(base_name(words[0].text));
    if (const auto function = state_.functions.find(words[0].text);
        function != state_.functions.end())
      return call(Function(function->second), words);
    if (const auto output = builtin(name, words, input)) return *output;
    if (name == "git" || name.starts_with("git-")) return git(name, words, input);
    if (is_listed(kShells, name)) return shell(words, input);
    if (name == "env") return environment(words, input);
    if (name == "xargs" || name == "gxargs") return xargs(words, input);
    if (name == "find" || name == "gfind") return find(words);
    if (name.starts_with("python") || name == "py" || name.starts_with("pypy"))
      return python(words, input);
    for (const Prefix& prefix : kPrefixes) {
      if (const std::size_t size = names_program(prefix.names, words); size > 0)
        return behind_prefix(prefix, words, size, input);
    }
    if (name == "apply_patch" || name == "applypatch") return apply_patch(words, input);
    if (name == "patch" && !patch(words, input)) return std::nullopt;
    use_files(file_uses(words), state_.folder, name);
    return printed(name, words, input);
  }

  Output behind_prefix(const Prefix& prefix, Words words, std::size_t at, const Input& input) {
    const bool looks_up = words[0].text == "command" && words.size() > 1 &&
                          (words[1].text == "-v" || words[1].text == "-V");
    if (looks_up) return std::nullopt;
    at = behind_options(words, at, prefix.values);
    if (prefix.names.starts_with("flock") && at < words.size())
      touch(Effect::writes, words[at], state_.folder, "");
    at += static_cast<std::size_t>(prefix.operands);
    if (prefix.names.starts_with("flock") && at + 1 < words.size() && words[at].text == "-c")
      return nested(words[at + 1]);
    at = behind_options(words, std::min(at, words.size()), prefix.values);
    while (at < words.size() && is_assignment(words[at])) exported(words[at++]);
    return at < words.size() ? program(words.subspan(at), input) : Output();
  }

  static bool is_assignment(const Word& word) {
    const std::size_t equals = word.text.find('=');
    return equals != std::string::npos && is_name(std::string_view(word.text).substr(0, equals));
  }

  // A line that another shell runs.
  Output nested(const Word& text) {
    if (!text.known) return std::nullopt;
    return in_copy([&] {
      const Output output = line(text.text);
      state_.left = Left::no;
      return output;
    });
  }

  // What the shell does itself; none: it is another program.
  std::optional<Output> builtin(const std::string& name, Words words, const Input& input) {
    if (name == "cd" || name == "chdir" || name == "pushd" || name == "popd")
      return change_folder(name, words);
    if (name == "eval") return evaluate(words);
    if (name == "trap")
      return words.size() > 2 ? nested(words[words[1].text == "--" ? 2 : 1]) : Output("");
    if (name == "export" || name == "declare" || name == "typeset" || name == "readonly" ||
        name == "local") {
      for (const Word& word : words.subspan(1)) exported(word);
      return Output("");
    }
    if (name == "exit" || name == "return" || name == "break" || name == "continue") {
      state_.left = name == "exit" ? Left::shell : name == "return" ? Left::function : Left::loop;
      return Output("");
    }
    if (name == "set") return set_arguments(words);
    if (name == "shift") {
      if (state_.arguments && !state_.arguments->empty())
        state_.arguments->erase(state_.arguments->begin());
      return Output("");
    }
    if (name == "read" || name == "mapfile" || name == "readarray" || name == "getopts" ||
        name == "let" || name == "unset") {
      for (const Word& word : words.subspan(1))
        forget_variable({word.text.substr(0, word.text.find_first_of("=+-*/ ")), word.known});
      return Output("");
    }
    if (name == "printf" && words.size() > 2 && words[1].text == "-v") {
      forget_variable(words[2]);
      return Output("");
    }
    static_cast<void>(input);
    if (is_listed("true false : test [ wait umask ulimit alias shopt hash source .", name))
      return Output();
    return std::nullopt;
  }

  Output set_arguments(Words words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i].text == "--") {
        state_.arguments =
            std::vector<Word>(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
        return "";
      }
      if (!words[i].text.starts_with('-') && !words[i].text.starts_with('+')) {
        if (words[i - 1].text != "-o" && words[i - 1].text != "+o" &&
            !words[i - 1].text.ends_with('o'))
          state_.arguments.reset();
        return "";
      }
    }
    return "";
  }

  Output evaluate(Words words) {
    std::string text;
    for (const Word& word : words.subspan(1)) {
      if (!word.known) return std::nullopt;
      text += word.text + " ";
    }
    return line(text);
  }

  bool is_there(const fs::path& folder) const {
    if (git::is_folder(folder)) return true;
    const std::string path = folder.lexically_normal().string();
    return std::any_of(state_.made.begin(), state_.made.end(), [&](const std::string& made) {
      return made == path || (made.starts_with(path) && made[path.size()] == '/');
    });
  }

  Output change_folder(const std::string& name, Words words) {
    const Arguments arguments = read_arguments(words.subspan(1), {});
    const std::vector<Word>& to = arguments.operands;
    const auto before = state_.folder;
    if (name == "popd") {
      const bool simple = to.empty() && !state_.stack.empty();
      state_.folder = simple ? state_.stack.back() : std::nullopt;
      if (simple) state_.stack.pop_back();
    } else if (name == "pushd" && (to.size() != 1 || to[0].text.starts_with('+'))) {
      state_.folder.reset();
      state_.stack.clear();
    } else {
      if (name == "pushd") state_.stack.push_back(before);
      state_.folder = to.empty() ? home_folder() : folder_named(to[0]);
    }
    state_.old_folder = before;
    return "";
  }

  std::optional<fs::path> home_folder() const {
    if (context_.home.empty()) return std::nullopt;
    return fs::path(context_.home);
  }

  std::optional<fs::path> folder_named(const Word& to) const {
    if (!to.known) return std::nullopt;
    if (to.text == "-") return state_.old_folder;
    if (to.text.empty()) return state_.folder;
    if (!state_.folder && to.text[0] != '/') return std::nullopt;
    const fs::path folder = state_.folder.value_or("/") / to.text;
    if (git::is_folder(folder)) return git::real_path(folder);
    return is_there(folder) ? std::optional(folder.lexically_normal()) : std::nullopt;
  }

  // sh -c 'LINE' NAME ARGUMENT…, or what it reads.
  Output shell(Words words, const Input& input) {
    bool takes_line = false, reads = false;
    std::size_t at = 1;
    for (;
         at < words.size() && (words[at].text.starts_with('-') || words[at].text.starts_with('+'));
         ++at) {
      const std::string& text = words[at].text;
      if (text == "--" || text == "-") {
        ++at;
        break;
      }
      if (is_listed("--rcfile --init-file -o +o -O +O --command", text)) {
        takes_line = takes_line || text == "--command";
        if (text != "--command") ++at;
        continue;
      }
      if (text.starts_with("--")) continue;
      takes_line = takes_line || text.find('c') != text.npos;
      reads = reads || text.find('s') != text.npos;
      if (text.size() > 2 && text.back() == 'o') ++at;
    }
    at = std::min(at, words.size());
    const Words rest = words.subspan(at);
    if (takes_line && rest.empty()) return std::nullopt;
    const bool from_input = !takes_line && (reads || rest.empty());
    if (!takes_line && !from_input) return std::nullopt;  // a script's content is not read
    return in_copy([&]() -> Output {
      if (takes_line && rest.size() > 1) state_.name = rest[1];
      const std::size_t first = takes_line ? std::min<std::size_t>(2, rest.size()) : 0;
      state_.arguments =
          std::vector<Word>(rest.begin() + static_cast<std::ptrdiff_t>(first), rest.end());
      if (from_input && !input.text) return std::nullopt;
      return takes_line ? nested(rest[0]) : nested({*input.text});
    });
  }

  Output environment(Words words, const Input& input) {
    return in_copy([&]() -> Output {
      std::size_t at = 1;
      for (; at < words.size(); ++at) {
        const Word& word = words[at];
        const auto value = [&](std::string_view letter,
                               std::string_view name) -> std::optional<Word> {
          if (word.text == letter || word.text == name)
            return at + 1 < words.size() ? std::optional(words[++at]) : std::nullopt;
          if (word.text.starts_with(std::string(name) + "="))
            return Word{word.text.substr(name.size() + 1), word.known};
          if (word.text.starts_with(letter) && !word.text.starts_with("--"))
            return Word{word.text.substr(letter.size()), word.known};
          return std::nullopt;
        };
        if (!word.known && word.text.empty()) continue;
        if (is_assignment(word)) {
          exported(word);
        } else if (word.text == "--") {
          ++at;
          break;
        } else if (!word.text.starts_with('-')) {
          break;
        } else if (const auto folder = value("-C", "--chdir")) {
          state_.folder = folder_named(*folder);
        } else if (const auto text = value("-S", "--split-string")) {
          std::string whole = text->text;
          for (const Word& more : words.subspan(at + 1))
            whole += more.known ? " '" + more.text + "'" : "";
          return nested({whole, text->known});
        } else if (const auto name = value("-u", "--unset")) {
          forget_variable(*name);
        }
      }
      return at < words.size() ? program(words.subspan(at), input) : Output();
    });
  }

  Output python(Words words, const Input& input) {
    for (std::size_t at = 1; at + 1 < words.size() && words[at].text.starts_with('-'); ++at) {
      if (words[at].text == "-m") return program(words.subspan(at + 1), input);
      if (words[at].text == "-X" || words[at].text == "-W") ++at;
      if (words[at].text == "-c") break;
    }
    return std::nullopt;
  }

  // Each item of the input is put behind the command, or in place of `{}`.
  Output xargs(Words words, const Input& input) {
    const std::size_t end = behind_options(
        words, 1,
        "I L n P s a d E --max-args --max-procs --delimiter --arg-file --max-lines --replace");
    const Arguments options = read_arguments(
        words.subspan(1, end - 1),
        {.values = "I L n P s a d E --delimiter --arg-file", .attached = "i l --replace"});
    const std::vector<Word> base(words.begin() + static_cast<std::ptrdiff_t>(end), words.end());
    if (base.empty()) return std::nullopt;
    std::string mark;
    if (const Word* given = options.value_of("I --replace"); given != nullptr) mark = given->text;
    if (mark.empty() && options.has_any("i --replace")) mark = "{}";
    const bool from_file = options.has_any("a --arg-file");
    if (!input.text || from_file)
      return in_copy([&] { return with_items(base, mark, {{"", false}}); });
    std::vector<Word> items;
    const char separator = options.has_any("0 --null") ? '\0' : '\n';
    std::string text = *input.text;
    const bool by_line = !mark.empty() || separator == '\0' || options.has_any("d --delimiter");
    if (!by_line) std::replace(text.begin(), text.end(), ' ', '\n');
    for (std::string& item : lines_of(text, separator)) items.push_back({std::move(item)});
    return in_copy([&] { return with_items(base, mark, items); });
  }

  Output with_items(const std::vector<Word>& base, const std::string& mark,
                    const std::vector<Word>& items) {
    if (mark.empty()) {
      std::vector<Word> all = base;
      all.insert(all.end(), items.begin(), items.end());
      return program(all, {});
    }
    for (std::size_t i = 0; i < items.size() && i < kMostRounds; ++i) {
      std::vector<Word> one = base;
      for (Word& word : one) put_in(word, mark, items[i]);
      program(one, {});
    }
    return std::nullopt;
  }

  static void put_in(Word& word, const std::string& mark, const Word& item) {
    for (std::size_t at = word.text.find(mark); at != std::string::npos;
         at = word.text.find(mark, at + item.text.size())) {
      word.text.replace(at, mark.size(), item.text);
      if (item.known) continue;
      word = {word.text.substr(0, at), false};
      return;
    }
  }

  // find ROOT… TEST… -delete, -exec COMMAND ; or +
  Output find(Words words) {
    std::size_t at = 1;
    while (at < words.size() && is_listed("-H -L -P", words[at].text)) ++at;
    std::vector<Word> roots;
    for (; at < words.size() && !words[at].text.starts_with('-') && words[at].text != "(" &&
           words[at].text != "!";
         ++at)
      roots.push_back(words[at]);
    if (roots.empty()) roots.push_back({"."});
    FindTests tests;
    bool known = true, no = false, deletes = false, ends_in_nul = false;
    std::vector<std::vector<Word>> commands;
    std::vector<bool> together;
    for (; at < words.size(); ++at) {
      const std::string& option = words[at].text;
      const Word* next = at + 1 < words.size() ? &words[at + 1] : nullptr;
      if (is_listed("-exec -execdir -ok -okdir", option)) {
        commands.emplace_back();
        while (++at < words.size() && words[at].text != ";" && words[at].text != "+")
          commands.back().push_back(words[at]);
        together.push_back(at < words.size() && words[at].text == "+");
      } else if (option == "-delete") {
        deletes = true;
      } else if (is_listed("-name -iname -path -ipath -wholename -type", option) &&
                 next != nullptr) {
        known = known && next->known;
        tests.tests.push_back({option == "-wholename" ? "-path" : option, words[++at].text, no});
        no = false;
      } else if (option == "-empty") {
        tests.tests.push_back({option, "", no});
        no = false;
      } else if (option == "!" || option == "-not") {
        no = !no;
      } else if (is_listed("-maxdepth -mindepth", option) && next != nullptr) {
        const auto depth = static_cast<std::size_t>(std::atoi(words[++at].text.c_str()));
        (option == "-maxdepth" ? tests.deepest : tests.least) = depth;
      } else if (is_listed("-fprint -fprint0 -fls -fprintf", option) && next != nullptr) {
        touch(Effect::writes, words[++at], state_.folder, "find");
      } else if (option == "-print0") {
        ends_in_nul = true;
      } else if (!is_listed("-print -depth -mount -xdev -follow -a -and", option)) {
        known = false;
      }
    }
    std::vector<Word> matches;
    bool used = deletes || (listing_ && commands.empty());
    for (std::size_t i = 0; i < commands.size() && !used; ++i)
      used = does_anything([&] { find_command(commands[i], true, {{std::string(kProbe)}}); });
    if (!used) return std::nullopt;
    if (known) known = find_matches(roots, tests, matches);
    if (deletes) {
      for (const Word& root : known ? std::vector<Word>() : roots)
        touch(Effect::fills, root, state_.folder, "find -delete");
      for (const Word& match : matches)
        touch(Effect::removes, match, state_.folder, "find -delete");
    }
    for (std::size_t i = 0; i < commands.size(); ++i)
      find_command(commands[i], together[i], known ? matches : std::vector<Word>{{"", false}});
    if (!known || deletes || !commands.empty()) return std::nullopt;
    std::string text;
    for (const Word& match : matches) text.append(match.text).append(1, ends_in_nul ? '\0' : '\n');
    return text;
  }

  void find_command(const std::vector<Word>& command, bool together,
                    const std::vector<Word>& matches) {
    if (command.empty()) return;
    const auto run_with = [&](std::span<const Word> items) {
      std::vector<Word> all;
      for (const Word& word : command) {
        if (word.text == "{}") {
          all.insert(all.end(), items.begin(), items.end());
        } else {
          all.push_back(word);
          if (!items.empty()) put_in(all.back(), "{}", items[0]);
        }
      }
      if (!all.empty()) in_copy([&] { return program(all, {}); });
    };
    if (together) {
      if (!matches.empty()) run_with(matches);
      return;
    }
    for (std::size_t i = 0; i < matches.size() && i < kMostRounds; ++i)
      run_with(std::span(&matches[i], 1));
  }

  bool find_matches(const std::vector<Word>& roots, const FindTests& tests,
                    std::vector<Word>& matches) {
    for (const Word& root : roots) {
      if (!root.known || (!state_.folder && !root.text.starts_with('/'))) return false;
      const fs::path top = state_.folder.value_or("/") / root.text;
      const auto take = [&](const std::string& path, std::size_t depth) {
        if (depth >= tests.least && depth <= tests.deepest &&
            tests.matches(path, state_.folder.value_or("/") / path))
          matches.push_back({path});
      };
      take(root.text, 0);
      if (!git::is_folder(top)) continue;
      const auto all = files_below(top, kMostFiles, true);
      if (all.size() >= kMostFiles) return false;
      const std::string prefix = root.text.ends_with('/') ? root.text : root.text + "/";
      for (const std::string& path : all)
        take(prefix + path,
             1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')));
    }
    return true;
  }

  Output apply_patch(Words words, const Input& input) {
    std::string text = input.text.value_or("");
    for (const Word& word : words.subspan(1)) text += "\n" + word.text;
    for (std::string& path : patch_paths(text))
      touch(Effect::writes, {std::move(path)}, state_.folder, "apply_patch");
    return std::nullopt;
  }

  Output content(const Input& input) const {
    if (input.text || !input.file) return input.text;
    return file_content(*input.file, state_.folder);
  }

  static Output file_content(const Word& name, const std::optional<fs::path>& folder) {
    constexpr std::uintmax_t kLargest = 1U << 20U;
    if (!name.known || (!folder && !name.text.starts_with('/'))) return std::nullopt;
    const fs::path path = folder.value_or("/") / name.text;
    std::error_code failed;
    if (!fs::is_regular_file(path, failed) || fs::file_size(path, failed) > kLargest)
      return std::nullopt;
    try {
      return git::read_file(path);
    } catch (const core::Error&) {
      return std::nullopt;
    }
  }

  // A patch on its input names the files; false: nothing more is to be read.
  bool patch(Words words, const Input& input) {
    const Arguments arguments = read_arguments(
        words.subspan(1), {.values = "p i d o r F B D V Y z g --strip --input --directory"});
    if (arguments.has_any("--dry-run --check C o --output")) return true;
    const Word* strip = arguments.value_of("p --strip");
    const Word* file = arguments.value_of("i --input");
    const Word* folder = arguments.value_of("d --directory");
    if (!arguments.operands.empty()) return true;
    const auto at = folder != nullptr ? folder_named(*folder) : state_.folder;
    const Output text = file != nullptr ? file_content(*file, state_.folder) : content(input);
    if (!text || !at) return true;
    const int taken = strip != nullptr && strip->text.size() == 1 ? strip->text[0] - '0' : -1;
    for (std::string& path : diff_paths(*text, taken, *at))
      touch(Effect::writes, {std::move(path)}, at, "patch");
    return false;
  }

  // --- git

  Output git(const std::string& name, Words words, const Input& input) {
    GitContext context{state_.folder, {}, {}, context_.is_revision, context_.alias};
    const auto variable = [&](const char* called) -> std::optional<Word> {
      const auto value = state_.variables.find(called);
      if (value == state_.variables.end() || value->second.items.empty()) return std::nullopt;
      return value->second.items[0];
    };
    context.git_dir = variable("GIT_DIR");
    context.worktree = variable("GIT_WORK_TREE");
    std::vector<Word> all{{"git"}};
    if (name != "git") all.push_back({name.substr(4)});
    all.insert(all.end(), words.begin() + 1, words.end());
    GitReading reading = read_git(all, context);
    reading_.risky = reading_.risky || reading.changes;
    for (Act& act : reading.acts) {
      if (act.effect == Effect::removes_worktree && reading.folder)
        act.name = (*reading.folder / act.name).string();
      add_act(std::move(act));
    }
    use_files(reading.files, reading.folder, "git");
    git_patches(reading, input);
    for (const std::string& line : reading.lines) {
      in_copy([&] {
        state_.folder = reading.folder;
        return nested({line});
      });
    }
    return rev_parse(all, reading.folder);
  }

  void git_patches(const GitReading& reading, const Input& input) {
    if (!reading.folder) return;
    const auto read = [&](const Output& text) {
      if (!text) return;
      for (std::string& path : diff_paths(*text, reading.patch_strip, *reading.folder))
        touch(Effect::writes, {std::move(path)}, reading.folder, "git apply");
    };
    if (reading.patch_input) read(content(input));
    for (const Word& patch : reading.patches)
      read(patch.text == "-" ? content(input) : file_content(patch, reading.folder));
  }

  // What `git rev-parse` says of where things are.
  static Output rev_parse(Words words, const std::optional<fs::path>& folder) {
    const bool asks =
        words.size() >= 3 && words[words.size() == 4 ? 1 : words.size() - 2].text == "rev-parse";
    if (!asks || !folder) return std::nullopt;
    const std::string& what = words[2].text;
    try {
      const git::Layout layout = git::discover_place(*folder).layout;
      if (what == "--show-toplevel" && layout.worktree) return layout.worktree->string() + "\n";
      if (what == "--git-common-dir") return layout.common_dir.string() + "\n";
      if (what == "--git-dir" || what == "--absolute-git-dir")
        return layout.git_dir.string() + "\n";
      if (what == "--git-path" && words.size() == 4 && words[3].known)
        return (layout.common_dir / words[3].text).string() + "\n";
    } catch (const core::Error&) {
    }
    return std::nullopt;
  }

  // --- What a command prints, where that is plain to see

  Output printed(const std::string& name, Words words, const Input& input) const {
    const Words operands = words.subspan(1);
    const bool known =
        std::all_of(operands.begin(), operands.end(), [](const Word& word) { return word.known; });
    if (name == "pwd") return state_.folder ? Output(state_.folder->string() + "\n") : std::nullopt;
    if (!known) return std::nullopt;
    if (name == "echo") {
      std::size_t first = 0;
      while (first < operands.size() && is_listed("-n -e -E -en -ne", operands[first].text))
        ++first;
      return joined(operands.subspan(first)) + "\n";
    }
    if (name == "printf") return formatted(operands);
    if (is_listed("cat sort uniq tac", name)) return operands.empty() ? input.text : std::nullopt;
    if (name == "seq" && operands.size() == 1) return sequence_to(operands[0].text);
    if (operands.size() == 1 && name == "dirname") {
      const fs::path parent = fs::path(operands[0].text).parent_path();
      return (parent.empty() ? std::string(".") : parent.string()) + "\n";
    }
    if (operands.size() == 1 && name == "basename")
      return std::string(last_part(operands[0].text)) + "\n";
    const bool resolves = name == "realpath" ||
                          (name == "readlink" && operands.size() == 2 && operands[0].text == "-f");
    if (resolves && state_.folder && !operands.empty())
      return git::real_path(*state_.folder / operands.back().text).string() + "\n";
    if (name == "ls") return listed(operands);
    return std::nullopt;
  }

  static std::string joined(Words words) {
    std::string text;
    for (const Word& word : words) text += (text.empty() ? "" : " ") + word.text;
    return text;
  }

  // printf with %s alone
  static Output formatted(Words words) {
    if (words.empty()) return std::nullopt;
    const auto format = ansi_c_text(words[0].text);
    const std::size_t percent = format ? format->find('%') : std::string::npos;
    if (!format) return std::nullopt;
    if (percent == std::string::npos) return format;
    if (format->compare(percent, 2, "%s") != 0 ||
        format->find('%', percent + 1) != std::string::npos)
      return std::nullopt;
    std::string text;
    for (const Word& word : words.subspan(1))
      text += format->substr(0, percent) + word.text + format->substr(percent + 2);
    return text;
  }

  static Output sequence_to(const std::string& last) {
    const int end = std::atoi(last.c_str());
    std::string text;
    for (int i = 1; i <= end && i <= static_cast<int>(kMostRounds); ++i)
      text += std::to_string(i) + "\n";
    return text;
  }

  Output listed(Words words) const {
    if (!state_.folder) return std::nullopt;
    std::string text;
    for (const Word& word : words) {
      if (word.text == "-1" || word.text == "-d" || word.text == "-1d") continue;
      if (word.text.starts_with('-') || git::is_folder(*state_.folder / word.text))
        return std::nullopt;
      text += word.text + "\n";
    }
    return text.empty() ? std::nullopt : Output(text);
  }

  // --- What is done to files

  void add_act(Act act) {
    reading_.risky = true;
    reading_.acts.push_back(std::move(act));
  }

  void touch(Effect effect, const Word& word, const std::optional<fs::path>& folder,
             std::string what, bool recursive = false) {
    if (!word.known || word.text.empty() || (!folder && word.text[0] != '/')) return;
    const std::string path = (folder.value_or("/") / word.text).string();
    if (path.starts_with("/dev/")) return;
    Act act{effect, std::move(what), path};
    act.recursive = recursive;
    add_act(std::move(act));
  }

  // A pathspec of git's may start at the top.
  static std::pair<Word, std::optional<fs::path>> from_top(Word word,
                                                           std::optional<fs::path> folder) {
    const std::size_t size = word.text.starts_with(":/")       ? 2
                             : word.text.starts_with(":(top)") ? 6
                                                               : 0;
    if (size == 0 || !folder) return {std::move(word), std::move(folder)};
    word.text.erase(0, size);
    if (word.text.empty()) word.text = ".";
    try {
      if (const auto top = git::discover_place(*folder).layout.worktree)
        return {std::move(word), top};
    } catch (const core::Error&) {
    }
    return {Word{"", false}, std::nullopt};
  }

  // The files that git's own patterns match.
  std::vector<Word> as_pathspec(const Word& word, const std::optional<fs::path>& folder) const {
    if (!word.known || word.text.find_first_of("*?[") == std::string::npos) return {word};
    Draft pattern;
    pattern.add(word.text, From::line);
    std::vector<Word> all;
    for (std::string& file : pattern.matches(folder)) all.push_back({std::move(file)});
    return all;
  }

  void use_files(const FileUses& uses, const std::optional<fs::path>& folder,
                 const std::string& program) {
    const bool is_git = program == "git";
    const auto each = [&](const std::vector<Word>& words, Effect effect) {
      for (const Word& given : words) {
        const auto [word, base] = is_git ? from_top(given, folder) : std::pair(given, folder);
        const bool is_folder = word.known && (base || word.text.starts_with('/')) &&
                               git::is_folder(base.value_or("/") / word.text);
        const bool some = is_folder && (uses.some_of_folders || !uses.recursive);
        for (const Word& one : is_git ? as_pathspec(word, base) : std::vector<Word>{word})
          touch(some ? Effect::fills : effect, one, base, program, uses.recursive);
      }
    };
    each(uses.written, Effect::writes);
    each(uses.removed, Effect::removes);
    for (const Word& word : uses.filled) touch(Effect::fills, word, folder, program);
    for (const Word& word : uses.made) {
      touch(Effect::fills, word, folder, program);
      if (word.known && (folder || word.text.starts_with('/')))
        state_.made.insert((folder.value_or("/") / word.text).lexically_normal().string());
    }
    if (uses.target) copy(uses, folder, program);
    if (!uses.removes_sources || !uses.target) return;
    for (const Word& source : uses.sources) touch(Effect::removes, source, folder, program, true);
  }

  // Each source's files under their names at the target.
  void copy(const FileUses& uses, const std::optional<fs::path>& folder,
            const std::string& program) {
    const Word& target = *uses.target;
    if (!target.known || (!folder && !target.text.starts_with('/'))) return;
    const fs::path at = folder.value_or("/") / target.text;
    const bool into = uses.target_is != FileUses::Target::file &&
                      (uses.target_is == FileUses::Target::folder || is_there(at) ||
                       uses.sources.size() > 1 || target.text.ends_with('/'));
    for (const Word& source : uses.sources) {
      if (!source.known) {
        if (into) touch(Effect::fills, target, folder, program);
        continue;
      }
      const std::string_view name = last_part(source.text);
      const bool content =
          name == "." || name == ".." || (uses.slash_means_content && source.text.ends_with('/'));
      const fs::path to = into && !content ? at / name : at;
      const fs::path from = folder.value_or("/") / source.text;
      if (!uses.recursive || !(folder || source.text.starts_with('/')) || !git::is_folder(from)) {
        if (!git::is_folder(to)) touch(Effect::writes, {to.string()}, folder, program);
        continue;
      }
      touch(Effect::fills, {to.string()}, folder, program);
      for (const std::string& file : files_below(from, kMostFiles))
        touch(Effect::writes, {(to / file).string()}, folder, program);
    }
  }

  const ShellContext& context_;
  ShellReading& reading_;
  Clock::time_point deadline_;
  std::vector<std::shared_ptr<const SyntaxTree>> trees_;
  const SyntaxTree* tree_ = nullptr;
  State state_;
  bool listing_ = false;  // what is printed is looked at
  int depth_ = 0, nested_ = 0, steps_ = 0, lines_ = 0;
};

}  // namespace

ShellReading read_command_line(std::string_view line, const ShellContext& context) {
  ShellReading reading;
  if (line.size() > kLongestLine) {
    reading.trouble = "is longer than 1 MB";
    reading.risky = true;
    return reading;
  }
  Reader(context, reading).line(line);
  if (reading.trouble.starts_with("takes too long")) reading.risky = true;
  return reading;
}

}  // namespace gs::agents
