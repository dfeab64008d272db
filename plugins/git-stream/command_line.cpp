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
  option_->check(CLI::IsMember(values));
  return *this;
}

bool Option::given() const {
  return option_->count() > 0;
}

Option CommandLine::flag(const std::string& names, bool& value, const std::string& help) {
  return Option(app_->add_flag(names, value, help));
}

Option CommandLine::option(const std::string& names, std::string& value, const std::string& help) {
  return Option(app_->add_option(names, value, help));
}

Option CommandLine::option(const std::string& names, std::vector<std::string>& value,
                           const std::string& help) {
  return Option(app_->add_option(names, value, help));
}

Option CommandLine::option(const std::string& names, std::size_t& value, const std::string& help) {
  return Option(app_->add_option(names, value, help));
}

Option CommandLine::option(const std::string& names, double& value, const std::string& help) {
  return Option(app_->add_option(names, value, help));
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

CommandLine ArgumentParser::command(const std::string& name, const std::string& help) {
  CLI::App* command = app_->add_subcommand(name, help);
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

}  // namespace gs::command
