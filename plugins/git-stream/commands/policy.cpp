// git stream policy: the policy in force, or one for what is in the repository.

#include "plugins/git-stream/commands/policy.h"

#include <charconv>
#include <cstdio>
#include <map>
#include <set>

#include "lib/core/text.h"
#include "lib/detection/detect_policy.h"
#include "lib/install/git_config.h"
#include "lib/state/files.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

constexpr std::size_t kLargestFile = 64U << 20U;

struct PolicyOptions {
  bool detect = false;
  std::string streams;
};

// What is tracked, or new and not ignored, and there as a regular file.
detection::RepositoryFiles files_in(const git::Layout& layout) {
  const fs::path top = *layout.worktree;
  const std::string listing =
      install::git_output(layout, {"ls-files", "-z", "--cached", "--others", "--exclude-standard"});
  std::set<std::string> paths;
  for (std::string_view rest = listing; !rest.empty();) {
    const std::string path(core::take_part(rest, '\0'));
    std::error_code failed;
    if (fs::is_regular_file(fs::symlink_status(top / path, failed))) paths.insert(path);
  }
  return {{paths.begin(), paths.end()}, [top](std::string_view path) {
            std::error_code failed;
            const auto size = fs::file_size(top / path, failed);
            if (failed || size > kLargestFile) return std::optional<std::string>();
            return state::read_file(top / path, kLargestFile);
          }};
}

detection::RepositoryFiles files_of(const git::Repository& repository,
                                    const core::ObjectId& commit) {
  std::map<std::string, core::ObjectId, std::less<>> blobs;
  repository.each_file(commit, [&](std::string_view path, const git::TreeEntry& entry) {
    if (core::mode::is_regular(entry.mode)) blobs.emplace(path, entry.id);
  });
  detection::RepositoryFiles files;
  for (const auto& [path, id] : blobs) files.paths.push_back(path);
  files.read = [&repository, blobs = std::move(blobs)](std::string_view path) {
    const auto found = blobs.find(path);
    return found == blobs.end() ? std::nullopt : std::optional(repository.blob(found->second));
  };
  return files;
}

// develop, where there is one; else origin/HEAD's, where a remote has told; else main or master.
core::BranchName integration_branch_of(const git::Repository& repository) {
  constexpr std::string_view kRemote = "refs/remotes/origin/";
  const auto is_branch = [&](const std::string& name) {
    return repository.resolve("refs/heads/" + name).has_value();
  };
  const std::string target = repository.symbolic_target(std::string(kRemote) + "HEAD");
  if (!is_branch("develop") && target.starts_with(kRemote))
    return core::BranchName(target.substr(kRemote.size()));
  for (const char* name : {"develop", "main", "master"}) {
    if (is_branch(name)) return core::BranchName(name);
  }
  return repository.current_branch().value_or(core::BranchName("develop"));
}

std::size_t wanted_streams(const std::string& text) {
  constexpr std::size_t kMost = 64;
  if (text.empty()) return 0;
  std::size_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stop != end || count == 0 || count > kMost)
    throw Error(ExitCode::usage,
                "--streams: '" + core::printable(text) + "' is no number of streams",
                "git stream policy --detect --streams 4  (1 to 64)");
  return count;
}

ExitCode policy(const PolicyOptions& options, Context& context) {
  session::Session& session = context.session();
  if (!options.detect)
    throw Error(ExitCode::usage, "what of the policy?", "git stream policy --detect");
  print_policy(detected_policy(session, wanted_streams(options.streams)), context.json);
  return ExitCode::clean;
}

}  // namespace

std::string detected_policy(const session::Session& session, std::size_t scopes) {
  const git::Repository& repository = session.repository();
  const auto head = repository.head();
  detection::RepositoryFiles files;
  if (repository.layout().worktree) {
    files = files_in(repository.layout());
  } else if (head) {
    files = files_of(repository, *head);
  }
  return policy::policy_text(
      detection::detect_policy(files, integration_branch_of(repository), scopes));
}

void print_policy(const std::string& text, bool as_json) {
  if (!as_json) {
    std::fputs(text.c_str(), stdout);
    return;
  }
  core::JsonWriter json = Context::begin_json();
  json.member("policy", text);
  Context::print_json(json);
}

Action declare_policy(CommandLine& app) {
  auto options = std::make_shared<PolicyOptions>();
  app.flag("--detect", options->detect,
           "print a policy for what is in this repository, with its reasons, and change nothing");
  app.option("--streams", options->streams, "for how many agents; otherwise by the number of files")
      .called("COUNT");
  return [options](Context& context) { return policy(*options, context); };
}

}  // namespace gs::command
