#include "lib/git/refs/remotes.h"

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
    const std::string_view entry = core::take_part(rest, '\0');
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

namespace {

// `git ls-remote` where no repository is: what ours is configured to has been in agents' reach. The
// user's own configuration is believed.
process::Result list_refs(const std::string& url, const std::string& pattern,
                          std::vector<std::string> set) {
  process::Command command;
  command.argv = {"git", "ls-remote", "--", url, pattern};
  command.directory = "/";
  command.unset = process::local_git_variables();
  command.set = std::move(set);
  command.set.insert(command.set.end(), {"GIT_NO_REPLACE_OBJECTS=1", "GIT_CEILING_DIRECTORIES=/"});
  return process::run(command);
}

// Lines "ID<TAB>REF".
std::map<std::string, core::ObjectId> parse_refs(std::string_view output) {
  std::map<std::string, core::ObjectId> refs;
  while (!output.empty()) {
    const std::string_view line = core::take_line(output);
    const std::size_t tab = line.find('\t');
    const auto id = core::ObjectId::from_hex(line.substr(0, tab));
    if (tab != line.npos && id) refs.emplace(line.substr(tab + 1), *id);
  }
  return refs;
}

[[noreturn]] void not_asked(const std::string& url, const std::string& why) {
  throw core::Error(core::ExitCode::broken,
                    "cannot ask " + core::printable(url) + ": " + core::printable(why),
                    "try again; if its address is another one now: git stream install, in the "
                    "owner's worktree");
}

}  // namespace

std::string without_password(const std::string& remote) {
  const std::size_t scheme = remote.find("://");
  if (scheme == remote.npos) return remote;
  const std::size_t host = scheme + 3;
  const std::size_t at = remote.substr(0, remote.find('/', host)).rfind('@');
  return at == remote.npos || at < host ? remote : remote.substr(0, host) + remote.substr(at + 1);
}

std::optional<core::ObjectId> ask_for_ref(const std::string& url, const std::string& ref) {
  const process::Result result = list_refs(url, ref, {"GIT_TERMINAL_PROMPT=0"});
  if (result.status != 0) return std::nullopt;
  const auto refs = parse_refs(result.output);
  const auto found = refs.find(ref);
  return found == refs.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, core::ObjectId> ask_for_branches(const std::string& url) {
  const process::Result result = list_refs(url, "refs/heads/*", {});
  if (result.status != 0) not_asked(url, first_line(result.errors));
  return parse_refs(result.output);
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
