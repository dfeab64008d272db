#include "lib/streams/worktree_git.h"

#include "lib/app/enrolment.h"
#include "lib/app/git_command.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::streams {

const std::filesystem::path& working_folder(const git::Layout& layout) {
  return layout.worktree ? *layout.worktree : layout.git_dir;
}

process::Result git_at(const std::filesystem::path& folder, std::vector<std::string> arguments,
                       std::vector<std::string> set, std::optional<std::string> input) {
  process::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), "git");
  command.directory = folder.string();
  command.set = std::move(set);
  command.input = std::move(input);
  command.unset = process::local_git_variables();
  command.unset.emplace_back(app::kAgentVariable);
  return process::run(command);
}

std::string git_said(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  const std::string what = arguments.at(0);
  process::Result result = git_at(folder, std::move(arguments));
  if (result.status == 0) return std::move(result.output);
  throw core::Error(core::ExitCode::broken, "git " + what + " failed: " + app::in_one_line(result));
}

}  // namespace gs::streams
