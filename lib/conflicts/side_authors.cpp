#include "lib/conflicts/side_authors.h"

#include <algorithm>
#include <map>
#include <set>

#include "lib/conflicts/path_authors.h"
#include "lib/core/scope.h"

namespace gs::streams {

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

void name_authors(app::Session& session, const std::vector<MergeSide>& sides,
                  std::vector<Clash>& clashes, const std::vector<std::string>& variables) {
  std::map<std::size_t, std::set<std::string>> asked;
  for (const Clash& clash : clashes) {
    for (const ClashPlace* place : {&clash.first, &clash.second}) {
      if (!place->path.empty()) asked[place->side].insert(place->path);
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
  for (Clash& clash : clashes) {
    for (ClashPlace* place : {&clash.first, &clash.second}) {
      const auto who = known.find({place->side, place->path});
      if (who != known.end()) place->who = who->second;
    }
  }
}

}  // namespace gs::streams
