#include "lib/app/git_command.h"

#include <filesystem>

#include "lib/core/error.h"

namespace gs::app {

process::Result run_git(const git::Layout& layout, const std::vector<std::string>& arguments) {
  process::Command command;
  command.argv = {"git"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.directory = layout.worktree ? layout.worktree->string() : layout.git_dir.string();
  command.unset = process::local_git_variables();
  std::error_code ignored;  // GIT_DIR or core.worktree can name a top that leads to no repository
  if (layout.worktree && !std::filesystem::exists(*layout.worktree / ".git", ignored))
    command.set.push_back("GIT_DIR=" + layout.git_dir.string());
  return process::run(command);
}

std::string git_output(const git::Layout& layout, const std::vector<std::string>& arguments) {
  process::Result result = run_git(layout, arguments);
  if (result.status == 0) return std::move(result.output);
  while (!result.errors.empty() && result.errors.back() == '\n') result.errors.pop_back();
  throw core::Error(core::ExitCode::broken, "git " + arguments.at(0) + " failed: " + result.errors);
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

}  // namespace gs::app
