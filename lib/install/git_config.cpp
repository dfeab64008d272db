#include "lib/install/git_config.h"

#include <cstdio>
#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::install {

namespace {

process::Result run_with(const git::Layout& layout, const std::vector<std::string>& arguments,
                         const std::vector<std::string>& variables) {
  process::Command command;
  command.argv = {"git"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.directory = layout.worktree ? layout.worktree->string() : layout.git_dir.string();
  command.unset = process::local_git_variables();
  std::error_code ignored;  // GIT_DIR or core.worktree can name a top that leads to no repository
  if (layout.worktree && !std::filesystem::exists(*layout.worktree / ".git", ignored))
    command.set.push_back("GIT_DIR=" + layout.git_dir.string());
  command.set.insert(command.set.end(), variables.begin(), variables.end());
  return process::run(command);
}

}  // namespace

process::Result run_git(const git::Layout& layout, const std::vector<std::string>& arguments) {
  return run_with(layout, arguments, {});
}

GitVersion git_version(const git::Layout& layout) {
  // "git version 2.39.5", with more behind it on some systems.
  GitVersion version;
  std::sscanf(run_git(layout, {"version"}).output.c_str(), "git version %d.%d", &version.major,
              &version.minor);
  return version;
}

std::string git_output(const git::Layout& layout, const std::vector<std::string>& arguments) {
  return git_output_with(layout, arguments, {});
}

std::string git_output_with(const git::Layout& layout, const std::vector<std::string>& arguments,
                            const std::vector<std::string>& variables) {
  process::Result result = run_with(layout, arguments, variables);
  if (result.status == 0) return std::move(result.output);
  while (!result.errors.empty() && result.errors.back() == '\n') result.errors.pop_back();
  throw core::Error(core::ExitCode::broken, "git " + arguments.at(0) + " failed: " + result.errors);
}

std::string in_one_line(const process::Result& result) {
  const std::string& text = result.errors.empty() ? result.output : result.errors;
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\t' && c != ' ') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line.empty() ? "exit code " + std::to_string(result.status) : core::printable(line);
}

std::optional<std::string> git_setting(const git::Layout& layout, const std::string& key, bool path,
                                       const std::string& scope) {
  std::vector<std::string> arguments{"config", "-z"};
  if (path) arguments.emplace_back("--type=path");
  if (!scope.empty()) arguments.push_back(scope);
  arguments.insert(arguments.end(), {"--get", key});
  const process::Result result = run_git(layout, arguments);
  if (result.status != 0) return std::nullopt;
  return result.output.substr(0, result.output.find('\0'));
}

}  // namespace gs::install
