#include "tests/support/temp_repo.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace gs::test {

namespace fs = std::filesystem;

core::ObjectFormat default_format() {
  const char* const name = std::getenv("GIT_DEFAULT_HASH");
  return name != nullptr && std::string_view(name) == "sha256" ? core::ObjectFormat::sha256
                                                               : core::ObjectFormat::sha1;
}

TempFolder::TempFolder() {
  // Short, so that the path of a program in it fits into the first line of a hook.
  std::string name = (fs::temp_directory_path() / "gs-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = fs::canonical(name);
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> clean_git_environment(const fs::path& home) {
  return {"HOME=" + home.string(),
          "XDG_CONFIG_HOME=" + (home / ".config").string(),
          "XDG_CACHE_HOME=" + (home / ".cache").string(),
          "GIT_CONFIG_NOSYSTEM=1",
          "GIT_CONFIG_GLOBAL=" GS_SOURCE_DIR "/tests/support/gitconfig",
          "GIT_TERMINAL_PROMPT=0",
          "GIT_AUTHOR_NAME=Ada Lovelace",
          "GIT_AUTHOR_EMAIL=ada@example.org",
          "GIT_AUTHOR_DATE=2025-12-06T10:00:00Z",
          "GIT_COMMITTER_NAME=Ada Lovelace",
          "GIT_COMMITTER_EMAIL=ada@example.org",
          "GIT_COMMITTER_DATE=2025-12-06T10:00:00Z",
          "GIT_EDITOR=true",
          "LC_ALL=C.UTF-8",
          "TZ=UTC"};
}

namespace {

// `git init` with these arguments, once in this process: a copy of what it makes takes no process.
const fs::path& initialised(const std::vector<std::string>& init_arguments) {
  static const TempFolder folder;
  static std::map<std::vector<std::string>, fs::path> made;
  fs::path& path = made[init_arguments];
  if (!path.empty()) return path;
  path = folder.path() / std::to_string(made.size());
  process::Command command;
  command.argv = {"git", "init", "-q", "-b", "develop"};
  command.argv.insert(command.argv.end(), init_arguments.begin(), init_arguments.end());
  command.argv.push_back(path.string());
  command.unset = process::local_git_variables();
  command.set = clean_git_environment(folder.path());
  const process::Result result = process::run(command);
  if (result.status != 0) throw std::runtime_error("git init failed: " + result.errors);
  return path;
}

}  // namespace

TempRepo::TempRepo(const std::vector<std::string>& init_arguments)
    : TempRepo(Copy::of, initialised(init_arguments)) {}

namespace {

// The hooks' program, which is large and which nobody writes to, is one file for all copies.
void copy_sharing_programs(const fs::path& from, const fs::path& to) {
  fs::create_directory(to, from);
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    if (fs::is_directory(entry.symlink_status())) {
      copy_sharing_programs(entry.path(), target);
    } else if (target.filename() == "git-stream") {
      fs::create_hard_link(entry.path(), target);
    } else {
      fs::copy(entry.path(), target, fs::copy_options::copy_symlinks);
    }
  }
}

}  // namespace

TempRepo::TempRepo(Copy /*of*/, const fs::path& original) : path_(folder_.path() / "repo") {
  copy_sharing_programs(original, path_);
}

process::Result TempRepo::run_in(const fs::path& directory, std::vector<std::string> argv,
                                 std::vector<std::string> set) const {
  process::Command command;
  command.argv = std::move(argv);
  command.directory = directory.string();
  command.unset = process::local_git_variables();
  command.unset.emplace_back("GIT_STREAM_AGENT");
  command.unset.emplace_back("GIT_STREAM_BYPASS");
  command.set = clean_git_environment(folder_.path());
  command.set.insert(command.set.end(), set.begin(), set.end());
  return process::run(command);
}

std::string TempRepo::git_in(const fs::path& directory,
                             const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{"git"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const process::Result result = run_in(directory, argv);
  if (result.status != 0) {
    std::string line;
    for (const std::string& word : argv) line += word + ' ';
    throw std::runtime_error(line + "failed: " + result.output + result.errors);
  }
  return result.output;
}

std::string TempRepo::git(const std::vector<std::string>& arguments) const {
  return git_in(path_, arguments);
}

process::Result TempRepo::try_git(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{"git"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run_in(path_, argv);
}

void TempRepo::write(std::string_view relative, std::string_view content) const {
  const fs::path file = path_ / relative;
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::string TempRepo::read(std::string_view relative) const {
  std::ifstream in(path_ / relative, std::ios::binary);
  std::ostringstream text;  // not character by character: a file may have fifty megabytes
  text << in.rdbuf();
  return text.str();
}

void TempRepo::commit_all(const std::string& message) const {
  git({"add", "-A"});
  git({"commit", "-q", "--no-verify", "--allow-empty", "-m", message});
}

}  // namespace gs::test
