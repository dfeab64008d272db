#include "lib/git/run_git.h"

#include <system_error>

#include "lib/git/repository.h"

namespace gs::git {

process::Result run_git(const std::filesystem::path& git_dir, std::vector<std::string> arguments,
                        std::vector<std::string> set, std::optional<std::string> input) {
  process::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), "git");
  command.set = std::move(set);
  command.input = std::move(input);
  // Newer gits have a switch for lazy fetches; an empty list of protocols stops them in all.
  command.set.insert(command.set.end(), {"GIT_DIR=" + git_dir.string(), "GIT_NO_LAZY_FETCH=1",
                                         "GIT_ALLOW_PROTOCOL=none", "GIT_NO_REPLACE_OBJECTS=1",
                                         "GIT_OPTIONAL_LOCKS=0"});
  return process::run(command);
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

bool is_shallow(const Layout& layout) {
  std::error_code ignored;
  return std::filesystem::exists(layout.common_dir / "shallow", ignored);
}

}  // namespace gs::git
