#include "lib/proof/attacker.h"

#include <algorithm>
#include <functional>

#include "analyzers/ownership.h"
#include "lib/core/error.h"
#include "lib/core/ids.h"
#include "lib/core/policy.h"

namespace gs::proof {

namespace {

using core::AgentSpec;
using core::Identity;
using core::Policy;
using core::Standing;
using core::StreamSpec;

// Names that git and its fast-import take as they are, without quotes.
bool is_plain(const std::string& path) {
  return std::none_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '"' || c == '\\' || c == '\x7f';
  });
}

class Search {
 public:
  Search(const Policy& policy, const std::vector<std::string>& files, bool ignore_case)
      : policy_(policy), files_(files), ignore_case_(ignore_case) {}

  core::ScopeMap map_of(const StreamSpec& stream, const AgentSpec* agent) const {
    const auto id = agent != nullptr ? std::optional(agent->id) : std::nullopt;
    return {policy_, Identity{stream.id, id, Identity::Source::worktree}, ignore_case_};
  }

  // One of the repository's files, or one made up from the patterns.
  std::string find(const std::vector<std::string>& patterns,
                   const std::function<bool(const std::string&)>& wanted) const {
    const core::PatternList list(patterns, ignore_case_);
    for (const std::string& file : files_)
      if (is_plain(file) && list.matches(file) && wanted(file)) return file;
    for (const std::string& pattern : patterns) {
      std::string path = path_of_pattern(pattern);
      if (!path.empty() && is_plain(path) && list.matches(path) && wanted(path)) return path;
    }
    return {};
  }

  std::string finding(const core::ScopeMap& map, const std::string& path) const {
    const auto found = analyzers::judge_place(policy_, map.place(path), path);
    return found && found->severity == core::Severity::block ? found->message : "";
  }

 private:
  const Policy& policy_;
  const std::vector<std::string>& files_;
  bool ignore_case_;
};

// Somebody else's file: of another stream where that can be had.
void choose_theirs(const Policy& policy, const Search& search, const core::ScopeMap& map,
                   Attacker& attacker) {
  if (policy.rules.scope != core::Action::block) return;
  for (const bool same_stream : {false, true}) {
    for (const StreamSpec& stream : policy.streams) {
      if ((stream.id == attacker.stream) != same_stream) continue;
      for (const AgentSpec& agent : stream.agents) {
        if (agent.id == attacker.agent) continue;
        attacker.theirs = search.find(agent.files, [&](const std::string& path) {
          return map.place(path).standing == Standing::foreign;
        });
        if (attacker.theirs.empty()) continue;
        attacker.owner = agent.id;
        if (!same_stream) attacker.rival = stream.id;
        return;
      }
    }
  }
}

// What nobody may change, where the scopes keep nobody out.
void choose_forbidden(const Policy& policy, const Search& search, const core::ScopeMap& map,
                      Attacker& attacker) {
  if (!attacker.theirs.empty()) return;
  attacker.theirs = search.find(policy.protect, [&](const std::string& path) {
    return map.place(path).standing == Standing::protected_path;
  });
}

// Somebody else in a stream, rather of another one.
void choose_others(const Policy& policy, Attacker& attacker) {
  attacker.other = attacker.owner;
  for (const bool same_stream : {false, true}) {
    for (const StreamSpec& stream : policy.streams) {
      if ((stream.id == attacker.stream) != same_stream) continue;
      if (!attacker.rival && !same_stream) attacker.rival = stream.id;
      for (const AgentSpec& agent : stream.agents)
        if (!attacker.other && agent.id != attacker.agent) attacker.other = agent.id;
    }
  }
}

}  // namespace

std::string path_of_pattern(const std::string& pattern) {
  if (pattern.starts_with('!')) return {};
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*') {
      if (i == 0 || pattern[i - 1] != '*') path += "proof";
    } else if (c == '?') {
      path += 'p';
    } else if (c == '\\' && i + 1 < pattern.size()) {
      path += pattern[++i];
    } else if (c == '[') {
      const bool of_class = pattern.compare(i, 3, "[[:") == 0;
      std::size_t end = of_class ? pattern.find(":]]", i) : pattern.find(']', i + 2);
      if (end == pattern.npos) return {};
      if (of_class) end += 2;
      const bool named = pattern[i + 1] != '!' && pattern[i + 1] != '^' && pattern[i + 1] != '[';
      path += named ? pattern[i + 1] : 'p';
      i = end;
    } else {
      path += c;
    }
  }
  return path.ends_with('/') ? path + "proof.py" : path;
}

Attacker choose_attacker(const Policy& policy, const std::vector<std::string>& files,
                         bool ignore_case) {
  const Search search(policy, files, ignore_case);
  std::optional<Attacker> best;
  for (const StreamSpec& stream : policy.streams) {
    for (const AgentSpec& agent : stream.agents) {
      const core::ScopeMap map = search.map_of(stream, &agent);
      Attacker attacker{stream.id, agent.id, {}, {}, {}, {}, {}, {}, {}};
      attacker.mine = search.find(agent.files, [&](const std::string& path) {
        return map.place(path).standing == Standing::mine;
      });
      if (attacker.mine.empty()) continue;
      choose_theirs(policy, search, map, attacker);
      const bool good = attacker.rival.has_value();
      if (!good && best && !best->theirs.empty()) continue;
      choose_forbidden(policy, search, map, attacker);
      if (!attacker.theirs.empty()) attacker.why = search.finding(map, attacker.theirs);
      attacker.shared = search.find(policy.shared, [&](const std::string& path) {
        return map.place(path).standing == Standing::shared;
      });
      attacker.outside = !attacker.theirs.empty() &&
                         !search.finding(search.map_of(stream, nullptr), attacker.theirs).empty();
      if (!best || !attacker.theirs.empty()) best = std::move(attacker);
      if (good) break;
    }
    if (best && best->rival) break;
  }
  if (!best) {
    throw core::Error(core::ExitCode::usage, "no agent of the policy has a scope: nothing to prove",
                      "give an agent files in " + std::string(core::kPolicyFile));
  }
  choose_others(policy, *best);
  return std::move(*best);
}

}  // namespace gs::proof
