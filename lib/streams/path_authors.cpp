#include "lib/streams/path_authors.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "lib/app/git_command.h"
#include "lib/core/scope.h"
#include "lib/core/text.h"
#include "lib/store/journal.h"

namespace gs::streams {

namespace {

struct Touch {
  std::string commit, author;
};

// The newest commit for each path, from "\x01COMMIT\0AUTHOR\0" and then NUL-ended paths.
std::map<std::string, Touch> parse_touches(std::string_view log) {
  std::map<std::string, Touch> touches;
  Touch current;
  const auto field = [&log] {
    const std::string text(log.substr(0, log.find('\0')));
    log.remove_prefix(std::min(text.size() + 1, log.size()));
    return text;
  };
  while (!log.empty()) {
    std::string text = field();
    // git puts a line end between what it says of a commit and the first path.
    const std::size_t start = text.find_first_not_of('\n');
    if (start == text.npos) continue;
    if (text[start] == '\x01') {
      current.commit = text.substr(start + 1);
      current.author = field();
    } else {
      touches.try_emplace(text.substr(start), current);
    }
  }
  return touches;
}

// The newest of a path itself; else of those below it: it is a folder on one side.
const Touch* touch_of(const std::map<std::string, Touch>& touches, const std::string& path) {
  const auto exact = touches.find(path);
  if (exact != touches.end()) return &exact->second;
  const auto below = touches.lower_bound(path + "/");
  return below != touches.end() && below->first.starts_with(path + "/") ? &below->second : nullptr;
}

// The agents of those commits, as the log has them; empty for outsiders, who have names of their
// own.
std::map<std::string, std::string> agents_of(app::Session& session,
                                             const std::set<std::string>& commits) {
  store::LogFilter filter;
  filter.action = "committed";
  std::map<std::string, std::string> agents;
  for (const store::LogLine& line : store::read_log(session.state().activity(), filter).lines) {
    const std::string commit = store::log_field(line.activity, "commit");
    const bool outsider = line.activity.agent == core::Identity().name();
    if (commits.contains(commit)) agents[commit] = outsider ? "" : line.activity.agent;
  }
  return agents;
}

}  // namespace

std::map<std::string, std::string> who_changed(app::Session& session, const core::ObjectId& base,
                                               const core::ObjectId& tip,
                                               const std::vector<std::string>& paths,
                                               const std::vector<std::string>& variables) {
  std::map<std::string, std::string> who;
  if (paths.empty()) return who;
  std::vector<std::string> arguments{"--literal-pathspecs",         "log",         "-z",
                                     "--format=%x01%H%x00%an",      "--name-only", "--no-renames",
                                     base.hex() + ".." + tip.hex(), "--"};
  arguments.insert(arguments.end(), paths.begin(), paths.end());
  const auto touches =
      parse_touches(app::git_output_with(session.repository().layout(), arguments, variables));
  std::set<std::string> commits;
  for (const auto& [path, touch] : touches) commits.insert(touch.commit);
  const auto agents = agents_of(session, commits);
  const core::ScopeMap scopes(session.policy(), core::Identity(),
                              session.repository().ignore_case());
  for (const std::string& path : paths) {
    const Touch* touch = touch_of(touches, path);
    if (touch == nullptr) continue;
    const auto agent = agents.find(touch->commit);
    const core::Place place = scopes.place(path);
    std::string name = core::printable(touch->author);
    if (agent != agents.end()) {
      if (!agent->second.empty()) name = core::printable(agent->second);
    } else if (place.owners.size() == 1) {
      name = place.owners.front().full();
    }
    who[path] = fmt::format("{} ({})", name, touch->commit.substr(0, 10));
  }
  return who;
}

}  // namespace gs::streams
