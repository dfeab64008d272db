#include "lib/streams/git_at.h"

#include "lib/app/enrolment.h"
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
  throw core::Error(core::ExitCode::broken, "git " + what + " failed: " + in_one_line(result));
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

}  // namespace gs::streams
