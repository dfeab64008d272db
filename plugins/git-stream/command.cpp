#include "plugins/git-stream/command.h"

#include <cstdio>

#include "lib/core/pattern.h"
#include "lib/core/text.h"

namespace gs::command {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

// The working directory below the worktree's top, with a trailing '/'; empty at the top.
std::string prefix_of(const git::Layout& layout) {
  if (!layout.worktree) return {};
  const fs::path below =
      fs::current_path().lexically_relative(fs::weakly_canonical(*layout.worktree));
  if (below.empty() || below == "." || below.string().starts_with("..")) return {};
  return below.string() + "/";
}

// Takes out "." and ".." components as text: a pattern is no path that the file system knows.
std::optional<std::string> without_dots(std::string_view text) {
  std::vector<std::string_view> parts;
  const bool folder = text.ends_with('/');
  while (!text.empty()) {
    const std::string_view part = core::take_part(text, '/');
    if (part == "." || part.empty()) continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return std::nullopt;
    } else {
      parts.pop_back();
    }
  }
  std::string joined;
  for (const std::string_view part : parts) {
    if (!joined.empty()) joined += '/';
    joined += part;
  }
  if (folder && !joined.empty()) joined += '/';
  return joined;
}

// What stands in the worktree under exactly this name is meant, whatever characters the name has; a
// folder means all below it.
std::optional<std::string> in_worktree(const git::Layout& layout, const std::string& path) {
  if (!layout.worktree) return std::nullopt;
  std::error_code ignored;  // a name too long for the file system is no name in it
  const fs::file_status status = fs::symlink_status(*layout.worktree / path, ignored);
  if (!fs::exists(status)) return std::nullopt;
  const bool folder = fs::is_directory(status) && !path.ends_with('/');
  return core::literal_pattern(path) + (folder ? "/" : "");
}

}  // namespace

git::Repository Context::any_repository() {
  return git::Repository::discover(fs::current_path());
}

session::Session& Context::session() {
  if (!session_) {
    git::Repository repository = any_repository();
    if (const auto& unknown = repository.unknown_format()) {
      throw Error(ExitCode::usage,
                  "nothing is judged here: the repository has " + core::printable(*unknown) +
                      ", which this version of git-stream does not know",
                  "install a newer one");
    }
    session_.emplace(std::move(repository));
  }
  return *session_;
}

std::string Context::prefix() {
  return prefix_of(session().repository().layout());
}

std::string Context::path_argument(const std::string& argument) {
  const std::string shown = "'" + core::printable(argument) + "' ";
  if (argument.empty()) throw Error(ExitCode::usage, "the empty path names nothing");
  if (argument.starts_with('/')) {
    throw Error(ExitCode::usage, shown + "is absolute",
                "name it relative to the working directory");
  }
  const bool from_top = argument.starts_with(":/");  // as in git's pathspecs
  auto path = without_dots(from_top ? argument.substr(2) : prefix() + argument);
  if (path) path = session().repository().precomposed(*path);
  if (!path) throw Error(ExitCode::usage, shown + "is outside the repository");
  if (path->empty())
    throw Error(ExitCode::usage, shown + "is the whole repository", "use the pattern '**'");
  if (const auto found = in_worktree(session().repository().layout(), *path)) return *found;
  if (path->starts_with('!')) throw Error(ExitCode::usage, shown + "cannot be locked: '!' negates");
  if (const auto fault = core::pattern_fault(*path)) throw Error(ExitCode::usage, shown + *fault);
  return *path;
}

void Context::done(const std::string& line) {
  if (json) {
    done_.push_back(line);
  } else {
    std::printf("%s\n", core::printable_lines(line).c_str());
  }
  if (beside != nullptr) done_.push_back(line);
}

void Context::print_done() const {
  if (done_.empty()) return;
  core::JsonWriter answer = begin_json();
  answer.key("done").begin_array();
  for (const std::string& line : done_) answer.value(line);
  answer.end_array();
  this->answer(answer);
}

core::JsonWriter Context::begin_json() {
  core::JsonWriter json;
  json.begin_object().member("schema", 1);
  return json;
}

void Context::print_json(core::JsonWriter& json) {
  std::printf("%s\n", json.end_object().str().c_str());
}

void Context::answer(core::JsonWriter& writer) const {
  answer(writer.end_object().take() + "\n");
}

void Context::answer(const std::string& text) const {
  std::fputs(text.c_str(), beside != nullptr ? beside : stdout);
}

std::string near_path(const fs::path& path) {
  std::error_code ignored;  // whoever stands in a folder that is gone is near nothing
  const std::string near = fs::proximate(path, ignored).string();
  const bool shorter = !near.empty() && near.size() < path.string().size();
  return shorter ? near : path.string();
}

std::string from_here(const fs::path& path) {
  return core::quote_path(near_path(path));
}

}  // namespace gs::command
