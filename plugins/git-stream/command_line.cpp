#include "plugins/git-stream/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace gs::command {

namespace {

// CLI11 takes a path like [ab,cd] for a list of two; ./[ab,cd] names the same path, and is none.
void keep_brackets(const CLI::App& command, std::vector<std::string>& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const CLI::Option* before =
        words[i - 1].starts_with('-') ? command.get_option_no_throw(words[i - 1]) : nullptr;
    const bool is_value = before != nullptr && before->get_items_expected_min() > 0;
    if (!is_value && words[i].starts_with('[') && words[i].ends_with(']')) words[i].insert(0, "./");
  }
}

std::string value_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return {};
  const std::string type = option.get_type_name();
  return type.empty() ? option.get_name(true) : type;
}

std::string first_name(const CLI::Option& option) {
  if (!option.get_lnames().empty()) return "--" + option.get_lnames().front();
  return option.nonpositional() ? "-" + option.get_snames().front() : option.get_name(true);
}

// An operand that is an option as well is both.
void declare(const CLI::Option& option, std::vector<DeclaredOption>& into) {
  DeclaredOption declared{{},
                          value_of(option),
                          option.get_description(),
                          static_cast<std::size_t>(option.get_items_expected_min()),
                          static_cast<std::size_t>(option.get_items_expected_max()),
                          option.get_required(),
                          option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll ||
                              option.get_expected_max() == CLI::detail::expected_max_vector_size,
                          {}};
  for (const CLI::Option* other : option.get_excludes())
    declared.excludes.push_back(first_name(*other));
  std::sort(declared.excludes.begin(), declared.excludes.end());
  if (option.get_positional()) into.push_back(declared);
  for (const std::string& name : option.get_snames()) declared.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) declared.names.push_back("--" + name);
  if (!declared.operand()) into.push_back(std::move(declared));
}

DeclaredCommand declared_of(const CLI::App& app) {
  DeclaredCommand command{app.get_name(), app.get_description(), app.get_footer(), {}, {}};
  for (const CLI::Option* option : app.get_options({})) declare(*option, command.options);
  for (const CLI::App* subcommand : app.get_subcommands({}))
    command.subcommands.push_back(declared_of(*subcommand));
  return command;
}

}  // namespace

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::needs(const Option& other) {
  option_->needs(other.option_);
  return *this;
}

Option& Option::excludes(const std::vector<Option>& others) {
  for (const Option& other : others) option_->excludes(other.option_);
  return *this;
}

Option& Option::takes(int least, int most) {
  option_->expected(least, most);
  return *this;
}

Option& Option::repeatable() {
  option_->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Option& Option::separated_by(char delimiter) {
  option_->delimiter(delimiter);
  return *this;
}

Option& Option::called(const std::string& value) {
  option_->type_name(value);
  return *this;
}

Option& Option::defaults_to(const std::string& shown) {
  option_->default_str(shown);
  return *this;
}

Option& Option::not_empty() {
  option_->check([](const std::string& text) { return text.empty() ? "is empty" : ""; });
  return *this;
}

Option& Option::one_of(const std::vector<std::string>& values) {
  option_->check([values](const std::string& text) {
    const bool known = std::find(values.begin(), values.end(), text) != values.end();
    return known ? "" : text + " not in {" + CLI::detail::join(values, ",") + "}";
  });
  return called(CLI::detail::join(values, "|"));
}

bool Option::given() const {
  return option_->count() > 0;
}

Option CommandLine::flag(const std::string& names, bool& value, const std::string& help) {
  return Option(app_->add_flag(names, value, help));
}

Option CommandLine::flag(const std::string& names, std::vector<std::string>& values,
                         const std::string& help) {
  return Option(app_->add_flag(names, values, help));
}

Option CommandLine::option(const std::string& names, std::string& value, const std::string& help) {
  return named(app_->add_option(names, value, help));
}

Option CommandLine::option(const std::string& names, std::vector<std::string>& value,
                           const std::string& help) {
  return named(app_->add_option(names, value, help));
}

Option CommandLine::option(const std::string& names, std::size_t& value, const std::string& help) {
  return named(app_->add_option(names, value, help));
}

Option CommandLine::option(const std::string& names, double& value, const std::string& help) {
  return named(app_->add_option(names, value, help));
}

// An operand's name says what its value is: none follows it in the help.
Option CommandLine::named(CLI::Option* option) {
  if (!option->nonpositional()) option->type_name("");
  return Option(option);
}

CommandLine CommandLine::subcommand(const std::string& name, const std::string& help) {
  return CommandLine(app_->add_subcommand(name, help)->fallthrough());
}

void CommandLine::footer(const std::string& text) {
  app_->footer(text);
}

bool CommandLine::given() const {
  return app_->parsed();
}

ArgumentParser::ArgumentParser(const std::string& name, const std::string& about,
                               const std::string& version)
    : app_(std::make_unique<CLI::App>(about, name)) {
  app_->set_version_flag("--version", version);
  app_->set_help_flag("-h", "show this help");
  app_->require_subcommand(1);
}

ArgumentParser::~ArgumentParser() = default;

CommandLine ArgumentParser::whole() {
  return CommandLine(app_.get());
}

CommandLine ArgumentParser::command(const std::string& name, const std::string& help,
                                    const std::string& group) {
  CLI::App* command = app_->add_subcommand(name, help)->group(group);
  command->set_help_flag("-h", "show this help");
  return CommandLine(command);
}

Arguments ArgumentParser::read(std::vector<std::string> words) {
  const auto given = [&] {
    const auto commands = app_->get_subcommands();
    return commands.empty() ? std::string() : commands.back()->get_name();
  };
  using Kind = Arguments::Kind;
  for (const CLI::App* command : app_->get_subcommands(nullptr)) {
    if (!words.empty() && command->get_name() == words.front()) keep_brackets(*command, words);
  }
  std::reverse(words.begin(), words.end());  // as CLI11 takes them: the last one first
  try {
    app_->parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return {Kind::shown, app_->help(), given()};
  } catch (const CLI::CallForVersion& version) {
    return {Kind::shown, std::string(version.what()) + "\n", given()};
  } catch (const CLI::ParseError& error) {
    return {Kind::fault, error.what(), given()};
  }
  return {Kind::command, {}, given()};
}

DeclaredCommand ArgumentParser::declared() const {
  return declared_of(*app_);
}

}  // namespace gs::command
