#pragma once
// The arguments of `git stream`: what a command declares, and how they are read. In front of CLI11,
// which takes a compiler longer than all of a command's own code: only command_line.cpp includes
// it.

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gs::command {

// One declared option, flag or operand. A handle: copies name the same option, and all are valid as
// long as the ArgumentParser. Faults in what is declared throw CLI's own errors, at every start.
class Option {
 public:
  Option() = default;
  Option& required();
  // Only together with the other; not together with any of the others.
  Option& needs(const Option& other);
  Option& excludes(const std::vector<Option>& others);
  // How many values follow it each time it is given.
  Option& takes(int least, int most);
  // Given several times, all values count; without, the last.
  Option& repeatable();
  // What separates the values within one argument.
  Option& separated_by(char delimiter);
  // How its value is called, in the help and the manual, which says to completions too what it can
  // be: "text|json": one of these; "claude,codex": a list of these; STREAM, AGENT, PATH and more:
  // see completion/candidates.h. And what the help says of its default.
  Option& called(const std::string& value);
  Option& defaults_to(const std::string& shown);
  // Refuses the empty value; any but these values.
  Option& not_empty();
  Option& one_of(const std::vector<std::string>& values);

  bool given() const;  // once the arguments were read

 private:
  friend class CommandLine;
  explicit Option(CLI::Option* option) : option_(option) {}
  CLI::Option* option_ = nullptr;
};

inline constexpr char kNoValue[] = "true";

// What one command, or one of its subcommands, takes. `names`: "-n,--last"; an operand's name has
// no dash. The values are written when the arguments are read, and must live until then.
class CommandLine {
 public:
  CommandLine() = default;
  Option flag(const std::string& names, bool& value, const std::string& help);
  // One that may have a value behind '=': kNoValue where it has none.
  Option flag(const std::string& names, std::vector<std::string>& values, const std::string& help);
  Option option(const std::string& names, std::string& value, const std::string& help = {});
  Option option(const std::string& names, std::vector<std::string>& value, const std::string& help);
  Option option(const std::string& names, std::size_t& value, const std::string& help);
  Option option(const std::string& names, double& value, const std::string& help);
  // Options of the command may stand behind the subcommand too.
  CommandLine subcommand(const std::string& name, const std::string& help);
  void footer(const std::string& text);  // at the end of the help

  bool given() const;  // of a subcommand: once the arguments were read

 private:
  friend class ArgumentParser;
  explicit CommandLine(CLI::App* app) : app_(app) {}
  static Option named(CLI::Option* option);
  CLI::App* app_ = nullptr;
};

// What was declared, for completion and the manual.
struct DeclaredOption {
  std::vector<std::string> names;   // "-n", "--last"; none: an operand
  std::string value, help;          // value: as Option::called has it, empty for a flag
  std::size_t least = 0, most = 0;  // values each time; an operand's: in all
  bool required = false, repeatable = false;
  std::vector<std::string> excludes;  // their first names, or operands'

  bool operand() const { return names.empty(); }
};
struct DeclaredCommand {
  std::string name, help, footer;
  std::vector<DeclaredOption> options;  // operands too, in their order
  std::vector<DeclaredCommand> subcommands;
};

// What came of reading the arguments.
struct Arguments {
  enum class Kind { command, shown, fault };
  Kind kind = Kind::command;
  std::string text;     // shown: the help or the version, to be printed; fault: what is wrong
  std::string command;  // the one that was given; empty: none
};

class ArgumentParser {
 public:
  ArgumentParser(const std::string& name, const std::string& about, const std::string& version);
  ~ArgumentParser();
  ArgumentParser(const ArgumentParser&) = delete;
  ArgumentParser& operator=(const ArgumentParser&) = delete;

  // --help, for every command.
  CommandLine whole();
  CommandLine command(const std::string& name, const std::string& help, const std::string& group);
  Arguments read(std::vector<std::string> words);
  DeclaredCommand declared() const;

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace gs::command
