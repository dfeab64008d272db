#include "lib/git/refs/remotes.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "lib/git/run_git.h"
#include "lib/process/process.h"

namespace gs::git {

namespace {

namespace fs = std::filesystem;

// git takes a URL that is a path from the worktree's top.
std::string absolute_url(const Layout& layout, const std::string& url) {
  const bool path = url.find("://") == url.npos && !url.starts_with('/');
  if (!path) return url;
  const fs::path top = layout.main_worktree ? *layout.main_worktree : layout.common_dir;
  std::error_code ignored;
  const fs::path folder = (top / url).lexically_normal();
  return fs::is_directory(folder, ignored) ? folder.string() : url;
}

}  // namespace

std::vector<Remote> configured_remotes(const Repository& repository) {
  constexpr std::string_view kBefore = "remote.", kAfter = ".url";
  const Layout& layout = repository.layout();
  const std::string listing = run_git(layout.common_dir, {"config", "--local", "-z", "--get-regexp",
                                                          R"(^remote\..*\.url$)"})
                                  .output;
  std::vector<Remote> remotes;
  for (std::string_view rest = listing; !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    const std::string_view key = entry.substr(0, entry.find('\n'));
    if (key.size() == entry.size()) continue;  // no value
    const std::string name(key.substr(kBefore.size(), key.size() - kBefore.size() - kAfter.size()));
    const bool known = std::any_of(remotes.begin(), remotes.end(),
                                   [&](const Remote& one) { return one.name == name; });
    if (!known)
      remotes.push_back({name, absolute_url(layout, std::string(entry.substr(key.size() + 1)))});
  }
  return remotes;
}

std::optional<core::ObjectId> ask_for_ref(const std::string& url, const std::string& ref) {
  process::Command command;
  command.argv = {"git", "ls-remote", "--", url, ref};
  command.directory = "/";
  command.unset = process::local_git_variables();
  command.set = {"GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_CEILING_DIRECTORIES=/"};
  const process::Result result = process::run(command);
  if (result.status != 0) return std::nullopt;
  for (std::string_view rest = result.output; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t tab = line.find('\t');
    if (tab != line.npos && line.substr(tab + 1) == ref)
      return core::ObjectId::from_hex(line.substr(0, tab));
  }
  return std::nullopt;
}

}  // namespace gs::git
