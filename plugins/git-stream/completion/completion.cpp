#include "plugins/git-stream/completion/completion.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <unistd.h>

#include "lib/core/text.h"
#include "lib/core/typed_line.h"
#include "plugins/git-stream/completion/candidates.h"

namespace gs::command {

namespace {

// What the words before the one that is typed say.
struct Position {
  explicit Position(const DeclaredCommand& declared) : program(&declared) {}

  const DeclaredCommand* program;
  const DeclaredCommand* command = program;
  const DeclaredCommand* above = nullptr;    // of "tasks add": "tasks", whose options it has too
  std::vector<const DeclaredOption*> given;  // with their values
  const DeclaredOption* open = nullptr;      // the option whose value may follow
  std::size_t values = 0;                    // of it, so far
  std::vector<std::string> operands;
  bool only_operands = false;  // after "--"
  bool own_command = false;    // after spawn's "--"
};

const DeclaredOption* option_named(const Position& at, std::string_view name) {
  for (const DeclaredCommand* command : {at.command, at.above}) {
    if (command == nullptr) continue;
    for (const DeclaredOption& option : command->options) {
      if (std::ranges::find(option.names, name) != option.names.end()) return &option;
    }
  }
  return nullptr;
}

bool has_enough(const Position& at) {
  return at.values >= at.open->least;
}

void read_option(Position& at, const std::string& word) {
  const std::size_t sign = word.starts_with("--") ? word.find('=') : word.npos;
  const DeclaredOption* option = option_named(at, word.substr(0, sign));
  if (option == nullptr) return;
  at.given.push_back(option);
  at.open = sign == word.npos && option->most > 0 ? option : nullptr;
  at.values = 0;
}

void read_operand(Position& at, const std::string& word) {
  const auto& below = at.command->subcommands;
  const auto subcommand = std::ranges::find(below, word, &DeclaredCommand::name);
  if (at.operands.empty() && subcommand != below.end()) {
    at.above = at.command == at.program ? nullptr : at.command;
    at.command = &*subcommand;
  } else {
    at.operands.push_back(word);
  }
}

void read_word(Position& at, const std::string& word) {
  const bool dashed = word.size() > 1 && word.starts_with('-') && !at.only_operands;
  if (at.own_command) {
    at.operands.push_back(word);
  } else if (at.open != nullptr && !(dashed && has_enough(at))) {
    if (++at.values == at.open->most) at.open = nullptr;
  } else if (word == "--" && at.command->name == "spawn") {
    at.own_command = true;
    at.operands.clear();
  } else if (word == "--") {
    at.only_operands = true;
    at.open = nullptr;
  } else if (dashed) {
    read_option(at, word);
  } else {
    read_operand(at, word);
  }
}

bool was_given(const Position& at, std::string_view name) {
  return std::ranges::any_of(at.given, [&](const DeclaredOption* option) {
    return std::ranges::find(option->names, name) != option->names.end();
  });
}

bool excluded(const Position& at, const DeclaredOption& option) {
  return std::ranges::any_of(option.excludes,
                             [&](const std::string& name) { return was_given(at, name); });
}

// Those that are not there yet and go with those that are.
void add_options(const Position& at, std::vector<Candidate>& words) {
  for (const DeclaredCommand* command : {at.command, at.above}) {
    if (command == nullptr) continue;
    for (const DeclaredOption& option : command->options) {
      const bool again = !option.operand() && was_given(at, option.names.front());
      if (option.operand() || excluded(at, option) || (again && !option.repeatable)) continue;
      for (const std::string& name : option.names) words.push_back({name, option.help});
    }
  }
  if (at.command->name == "spawn") words.push_back({"--", at.command->footer});
}

Candidates values_of(const Position& at, const DeclaredOption& option, const std::string& typed,
                     Context& context) {
  const DeclaredCommand& command = at.above != nullptr ? *at.above : *at.command;
  Candidates values =
      candidates_for({option.value, command.name, typed, was_given(at, "--force")}, context);
  std::erase_if(values.words, [&](const Candidate& one) {
    return std::ranges::find(at.operands, one.word) != at.operands.end();
  });
  return values;
}

// The operand that the next word is.
const DeclaredOption* next_operand(const Position& at) {
  std::size_t before = 0;
  for (const DeclaredOption& option : at.command->options) {
    if (!option.operand()) continue;
    before += option.most;
    if (at.operands.size() < before) return excluded(at, option) ? nullptr : &option;
  }
  return nullptr;
}

// "--format=te": whole words, as the shells match them.
Candidates values_with_name(const Position& at, const std::string& typed, Context& context) {
  const std::size_t sign = typed.find('=');
  const DeclaredOption* option = option_named(at, typed.substr(0, sign));
  if (option == nullptr || option->most == 0) return {};
  Candidates values = values_of(at, *option, typed.substr(sign + 1), context);
  for (Candidate& one : values.words) one.word.insert(0, typed, 0, sign + 1);
  return values;
}

Candidates operands(const Position& at, const std::string& typed, Context& context) {
  Candidates found;
  const DeclaredOption* operand = next_operand(at);
  if (operand != nullptr) found = values_of(at, *operand, typed, context);
  if (at.operands.empty() && !at.only_operands) {
    for (const DeclaredCommand& one : at.command->subcommands)
      found.words.push_back({one.name, one.help});
  }
  const bool nothing_else = operand == nullptr && found.words.empty();
  if (nothing_else && typed.empty() && !at.only_operands) add_options(at, found.words);
  return found;
}

Candidates find_candidates(const Position& at, const std::string& typed, Context& context) {
  if (at.own_command)
    return {at.operands.empty() ? Candidates::By::commands : Candidates::By::files, {}};
  if (at.open != nullptr && !has_enough(at)) return values_of(at, *at.open, typed, context);
  if (typed.starts_with('-') && !at.only_operands) {
    if (typed.find('=') != typed.npos) return values_with_name(at, typed, context);
    Candidates found;
    add_options(at, found.words);
    return found;
  }
  if (at.open != nullptr) return values_of(at, *at.open, typed, context);
  return operands(at, typed, context);
}

// What is amiss here, the command says when it is run.
Candidates candidates_at(const DeclaredCommand& declared, const std::vector<std::string>& words,
                         Context& context) try {
  Position at(declared);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) read_word(at, words[i]);
  const bool unknown = at.command == at.program && !at.operands.empty();
  return unknown ? Candidates() : find_candidates(at, words.back(), context);
} catch (const std::exception&) {
  return {};
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::putchar(0);
}

void print_who(Candidates::By by) {
  using enum Candidates::By;
  print(by == us ? "words" : by == files ? "files" : "commands");
}

void print_for_bash(const DeclaredCommand& declared, const std::string& line,
                    const std::string& breaks, Context& context) {
  const core::TypedLine typed = core::read_typed_line(line, breaks);
  const Candidates found = candidates_at(declared, typed.words, context);
  print_who(found.by);
  for (const Candidate& one : found.words) {
    if (one.word.starts_with(typed.words.back()))
      print(core::quote_typed(std::string_view(one.word).substr(typed.kept), typed.quote));
  }
}

void print_words(const DeclaredCommand& declared, const std::vector<std::string>& words,
                 const char* between, Context& context) {
  const Candidates found = candidates_at(declared, words, context);
  print_who(found.by);
  for (const Candidate& one : found.words) {
    const bool unsayable = *between == '\t' && one.word.find('\t') != one.word.npos;
    if (unsayable) continue;
    std::fputs(one.word.c_str(), stdout);
    std::fwrite(between, 1, 1, stdout);
    print(core::printable(one.about));
  }
}

void write(core::JsonWriter& json, const DeclaredOption& option) {
  json.begin_object().key("names").begin_array();
  for (const std::string& name : option.names) json.value(name);
  json.end_array().member("value", option.value).member("help", option.help);
  json.member("least", option.least).member("most", option.most);
  json.member("required", option.required).member("repeatable", option.repeatable);
  json.end_object();
}

void write(core::JsonWriter& json, const DeclaredCommand& command) {
  json.begin_object().member("name", command.name).member("help", command.help);
  json.member("footer", command.footer).key("options").begin_array();
  for (const DeclaredOption& option : command.options) write(json, option);
  json.end_array().key("subcommands").begin_array();
  for (const DeclaredCommand& one : command.subcommands) write(json, one);
  json.end_array().end_object();
}

}  // namespace

int print_completions(const DeclaredCommand& declared, const std::string& shell,
                      const std::vector<std::string>& arguments, Context& context) {
  std::signal(SIGALRM, [](int) { _exit(0); });  // a lock file that another holds, a slow disk
  alarm(1);
  if (shell == "bash" && arguments.size() == 2) {
    print_for_bash(declared, arguments[0], arguments[1], context);
  } else if (!arguments.empty()) {
    print_words(declared, arguments, shell == "fish" ? "\t" : "\0", context);
  }
  return 0;
}

void print_declarations(const DeclaredCommand& declared) {
  core::JsonWriter json;
  write(json, declared);
  std::printf("%s\n", json.str().c_str());
}

}  // namespace gs::command
