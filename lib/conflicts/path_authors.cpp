#include "lib/conflicts/path_authors.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "lib/core/change.h"
#include "lib/core/policy.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/install/git_config.h"
#include "lib/state/journal.h"

namespace gs::conflicts {

namespace {

struct Touch {
  std::string commit, author;
};
using Touches = std::map<std::string, Touch>;  // the newest for each path

// From the commits themselves, where they stand in one line and are few: no process is started.
std::optional<Touches> walk_line(const git::Repository& repository, const core::ObjectId& base,
                                 const core::ObjectId& tip, const std::vector<std::string>& paths) {
  constexpr int kLongest = 200;
  const std::set<std::string_view> asked(paths.begin(), paths.end());
  const auto is_asked = [&](std::string_view path) {
    while (!asked.contains(path)) {
      const std::size_t slash = path.rfind('/');
      if (slash == path.npos) return false;
      path = path.substr(0, slash);
    }
    return true;
  };
  Touches touches;
  std::size_t found = 0;
  core::ObjectId at = tip;
  for (int steps = 0; at != base; ++steps) {
    const git::Commit commit = git::commit(repository, at);
    if (commit.parents.size() != 1 || steps == kLongest) return std::nullopt;
    at = commit.parents.front();
    if (found == asked.size()) continue;  // still to be seen: that they stand in one line
    for (const core::Change& change : git::changes_between(repository, at, commit.id)) {
      if (!is_asked(change.path)) continue;
      const bool fresh = touches.try_emplace(change.path, commit.id.hex(), commit.author).second;
      if (fresh && asked.contains(change.path)) ++found;
    }
  }
  return touches;
}

// From "\x01COMMIT\0AUTHOR\0" and then NUL-ended paths.
Touches parse_touches(std::string_view log) {
  Touches touches;
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
const Touch* touch_of(const Touches& touches, const std::string& path) {
  const auto exact = touches.find(path);
  if (exact != touches.end()) return &exact->second;
  const auto below = touches.lower_bound(path + "/");
  return below != touches.end() && below->first.starts_with(path + "/") ? &below->second : nullptr;
}

Touches ask_log(const git::Layout& layout, const core::ObjectId& base, const core::ObjectId& tip,
                const std::vector<std::string>& paths, const std::vector<std::string>& variables) {
  std::vector<std::string> arguments{"--literal-pathspecs",         "log",         "-z",
                                     "--format=%x01%H%x00%an",      "--name-only", "--no-renames",
                                     base.hex() + ".." + tip.hex(), "--"};
  arguments.insert(arguments.end(), paths.begin(), paths.end());
  return parse_touches(install::git_output_with(layout, arguments, variables));
}

}  // namespace

const std::map<std::string, std::string>& PathAuthors::agents() {
  if (agents_) return *agents_;
  agents_.emplace();
  for (const state::LogLine& line : state::read_actions(session_.state().activity(), "committed")) {
    const bool outsider = core::is_person(line.activity.agent);
    (*agents_)[state::log_field(line.activity, "commit")] = outsider ? "" : line.activity.agent;
  }
  return *agents_;
}

std::map<std::string, std::string> PathAuthors::between(const core::ObjectId& base,
                                                        const core::ObjectId& tip,
                                                        const std::vector<std::string>& paths,
                                                        const std::vector<std::string>& variables) {
  std::map<std::string, std::string> who;
  if (paths.empty()) return who;
  const git::Repository& repository = session_.repository();
  auto walked = variables.empty() ? walk_line(repository, base, tip, paths) : std::nullopt;
  const Touches touches =
      walked ? std::move(*walked) : ask_log(repository.layout(), base, tip, paths, variables);
  const core::ScopeMap scopes(session_.policy(), core::Identity(), repository.ignore_case());
  for (const std::string& path : paths) {
    const Touch* touch = touch_of(touches, path);
    if (touch == nullptr) continue;
    const auto agent = agents().find(touch->commit);
    const core::Place place = scopes.place(path);
    std::string name = core::printable(touch->author);
    if (agent != agents().end()) {
      if (!agent->second.empty()) name = core::printable(agent->second);
    } else if (place.owners.size() == 1) {
      name = place.owners.front().full();
    }
    who[path] = fmt::format("{} ({})", name, core::short_id(touch->commit));
  }
  return who;
}

namespace {

std::string owner_of(const core::ScopeMap& scopes, const MergeSide& side, const std::string& path) {
  const core::Place place = scopes.place(path);
  for (const core::AgentId& agent : place.owners) {
    if (place.owners.size() == 1) return agent.full();
  }
  return side.stream ? "stream " + side.stream->str() : side.branch.str();
}

// Without an entry in the log a path's owner is taken for its author; on another stream's branch
// that is not so.
std::string on_branch(const core::Policy& policy, const MergeSide& side, const std::string& who) {
  const std::size_t blank = who.find(' ');
  const auto agent = core::AgentId::parse(who.substr(0, blank));
  const core::StreamSpec* stream = agent ? policy.stream_of(*agent) : nullptr;
  if (!side.stream || stream == nullptr || stream->id == *side.stream) return who;
  return "stream " + side.stream->str() + who.substr(std::min(blank, who.size()));
}

}  // namespace

void name_authors(session::Session& session, const std::vector<MergeSide>& sides,
                  std::vector<Conflict>& conflicts, const std::vector<std::string>& variables) {
  std::map<std::size_t, std::set<std::string>> asked;
  for (const Conflict& conflict : conflicts) {
    for (const ConflictPlace* place : {&conflict.first, &conflict.second}) {
      if (!place->path.empty()) asked[place->side].insert(place->path_on_side());
    }
  }
  const core::ScopeMap scopes(session.policy(), core::Identity(),
                              session.repository().ignore_case());
  PathAuthors authors(session);
  std::map<std::pair<std::size_t, std::string>, std::string> known;
  for (const auto& [number, paths] : asked) {
    const MergeSide& side = sides.at(number);
    std::vector<std::string> committed;
    for (const std::string& path : paths) {
      if (std::ranges::binary_search(side.uncommitted, path)) {
        known[{number, path}] = owner_of(scopes, side, path) + " (not committed)";
      } else {
        committed.push_back(path);
      }
    }
    // The integration branch's own work: since the first of the streams left it.
    for (const auto& [path, who] : authors.between(side.base, side.head, committed, variables))
      known[{number, path}] = on_branch(session.policy(), side, who);
  }
  for (Conflict& conflict : conflicts) {
    for (ConflictPlace* place : {&conflict.first, &conflict.second}) {
      const auto who = known.find({place->side, place->path_on_side()});
      if (who != known.end()) place->who = who->second;
    }
  }
}

}  // namespace gs::conflicts
