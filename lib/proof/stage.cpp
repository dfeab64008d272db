#include "lib/proof/stage.h"

#include <fstream>
#include <string_view>
#include <unistd.h>

#include "lib/app/git_command.h"
#include "lib/core/error.h"
#include "lib/git/refs/refs.h"
#include "lib/store/files.h"
#include "lib/store/journal.h"
#include "lib/store/state_dir.h"
#include "lib/streams/worktree_git.h"

namespace gs::proof {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

Refs refs_in(const fs::path& git_dir) {
  const git::RefFiles files(git_dir, git_dir);
  Refs refs;
  for (const std::string& name : files.list("refs/"))
    if (const auto id = files.follow(name)) refs.emplace(name, id->hex());
  return refs;
}

// For `git update-ref --stdin`: from what there is to what there shall be.
std::string ref_changes(const Refs& now, const Refs& wanted) {
  std::string text;
  for (const auto& [name, id] : now)
    if (!wanted.contains(name)) text += "delete " + name + "\n";
  for (const auto& [name, id] : wanted) {
    const auto found = now.find(name);
    if (found == now.end() || found->second != id) text += "update " + name + " " + id + "\n";
  }
  return text;
}

}  // namespace

process::Result Stage::run(std::vector<std::string> argv, const Step& step) {
  process::Command command;
  command.argv = std::move(argv);
  command.argv.insert(command.argv.end(), step.arguments.begin(), step.arguments.end());
  command.directory = (step.folder.empty() ? scene_.work : step.folder).string();
  command.unset = unset_;
  command.set = set_;
  command.set.insert(command.set.end(), step.set.begin(), step.set.end());
  command.input = step.input;
  process::Result result = process::run(command);
  if (signals_.next())
    throw Error(ExitCode::interrupted,
                "interrupted: nothing is proved, and the scratch clone is gone");
  return result;
}

process::Result Stage::git(const Step& step) {
  return run({"git"}, step);
}

process::Result Stage::stream(const Step& step) {
  return run({self_.string()}, step);
}

std::string Stage::quietly(const fs::path& folder, std::vector<std::string> arguments,
                           std::optional<std::string> input) {
  const std::string what = arguments.at(0);
  process::Result result = run({"git", "-c", "core.hooksPath=/dev/null"},
                               {std::move(arguments), {}, std::move(input), folder});
  if (result.status == 0) return std::move(result.output);
  throw Error(ExitCode::broken,
              "git " + what + " failed in the scratch clone: " + app::in_one_line(result));
}

void Stage::write(const fs::path& relative, std::string_view content) {
  const fs::path file = scene_.work / relative;
  fs::create_directories(file.parent_path());
  fs::remove(file);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  if (!out.flush()) throw Error(ExitCode::broken, "cannot write " + file.string());
}

void Stage::append(const std::string& relative, std::string_view text) {
  std::ofstream out(scene_.work / relative, std::ios::binary | std::ios::app);
  out << text;
  if (!out.flush()) throw Error(ExitCode::broken, "cannot write " + relative);
}

Refs Stage::refs(bool server) const {
  return refs_in(server ? scene_.server : scene_.repo / ".git");
}

std::vector<fs::path> Stage::logs() const {
  return {store::StateDir(state_).activity(), store::StateDir(scene_.server / "stream").activity()};
}

void Stage::reset() {
  for (const char* left : {"rebase-merge", "rebase-apply", "sequencer"})
    fs::remove_all(scene_.git_dir / left);
  fs::remove(scene_.git_dir / "index.lock");
  quietly(scene_.work, {"checkout", "-q", "-f", "-B", scene_.branch, scene_.tip});
  quietly(scene_.work, {"clean", "-ffdxq"});
  const bool moved = refs(false)["refs/heads/" + scene_.trunk] != scene_.ahead;
  for (const bool server : {false, true}) {
    const std::string changes = ref_changes(refs(server), first_refs(server));
    if (!changes.empty())
      quietly(server ? scene_.server : scene_.repo, {"update-ref", "--stdin"}, changes);
  }
  if (moved) quietly(scene_.repo, {"reset", "-q", "--hard"});
  const fs::path locks = store::StateDir(state_).locks();
  if (store::read_file(locks, kLargestLocks) != locks_) {
    store::AtomicFile file(locks, store::AtomicFile::Durability::cache);
    file.write(locks_);
    file.commit();
  }
  for (const fs::path& log : logs()) {
    std::error_code missing;
    const auto size = fs::file_size(log, missing);
    log_ends_[log] = missing ? 0 : size;
  }
}

std::vector<std::string> Stage::blocked() const {
  std::vector<std::string> gates;
  store::LogFilter filter;
  filter.action = "blocked";
  for (const fs::path& log : logs()) {
    const store::LogRead read = store::read_log(log, filter, log_ends_.at(log));
    for (const store::LogLine& line : read.lines)
      gates.push_back(store::log_field(line.activity, "gate"));
  }
  return gates;
}

bool Stage::landed(bool server, const std::string& path, const std::string& ref) {
  std::string any = server ? "--all" : "--branches";
  std::vector<std::string> arguments{"rev-list", "--full-history", "-1", ref.empty() ? any : ref,
                                     "--not"};
  for (const auto& [name, id] : first_refs(server)) arguments.push_back(id);
  arguments.insert(arguments.end(), {"--", path});
  return !quietly(server ? scene_.server : scene_.repo, std::move(arguments)).empty();
}

}  // namespace gs::proof
