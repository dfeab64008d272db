#include "lib/git/refs/remote_heads.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/run_git.h"
#include "lib/process/process.h"

namespace gs::git {

namespace {

namespace fs = std::filesystem;

// A git that stands in no repository: what ours is configured to has been in agents' reach. The
// user's own configuration is believed.
process::Result run_outside(std::vector<std::string> arguments) {
  process::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), "git");
  command.directory = "/";
  command.unset = process::local_git_variables();
  command.set = {"GIT_NO_REPLACE_OBJECTS=1", "GIT_CEILING_DIRECTORIES=/"};
  return process::run(command);
}

[[noreturn]] void not_asked(const std::string& url, const std::string& why) {
  throw core::Error(core::ExitCode::broken,
                    "cannot ask " + core::printable(url) + ": " + core::printable(why),
                    "try again; if its address is another one now: git stream install, in the "
                    "owner's worktree");
}

}  // namespace

std::map<std::string, core::ObjectId> ask_for_branches(const std::string& url) {
  const process::Result result = run_outside({"ls-remote", "--", url, "refs/heads/*"});
  if (result.status != 0) not_asked(url, first_line(result.errors));
  std::map<std::string, core::ObjectId> branches;
  for (std::string_view rest = result.output; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t tab = line.find('\t');
    const auto id = core::ObjectId::from_hex(line.substr(0, tab));
    if (tab != line.npos && id) branches.emplace(line.substr(tab + 1), *id);
  }
  return branches;
}

void fetch_objects(const Repository& repository, const std::string& url,
                   const std::vector<std::string>& refs) {
  const Layout& layout = repository.layout();
  process::Command command;
  command.argv = {"git",
                  "fetch",
                  "--quiet",
                  "--no-tags",
                  "--no-write-fetch-head",
                  "--no-recurse-submodules",
                  "--no-auto-maintenance",
                  "--refmap=",
                  "--",
                  url};
  command.argv.insert(command.argv.end(), refs.begin(), refs.end());
  command.unset = process::local_git_variables();
  command.set = {"GIT_DIR=" + layout.git_dir.string(), "GIT_NO_REPLACE_OBJECTS=1"};
  const process::Result result = process::run(command);
  if (result.status != 0) not_asked(url, first_line(result.errors));
}

}  // namespace gs::git
