#include "analyzers/import_conflicts.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <tuple>

#include "analyzers/judge.h"
#include "analyzers/ownership.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"

namespace gs::analyzers {

namespace {

using core::AgentSpec;
using core::ConflictKind;
using core::ConflictLevel;
using core::ImportConflict;
using core::ImportEdge;
using core::quote_path;

// The more it means for the importer, the lower.
int urgency(ConflictKind kind) {
  switch (kind) {
    case ConflictKind::gone:
      return 0;
    case ConflictKind::after:
      return 1;
    case ConflictKind::locked:
      return 2;
    case ConflictKind::changed:
      return 3;
  }
  return 4;
}

bool worse(const ImportConflict& a, const ImportConflict& b) {
  if (a.level != b.level) return a.level > b.level;
  return urgency(a.kind) < urgency(b.kind);
}

// "agent-F1" for what a lock of "F1" says.
std::string holder_name(const core::Policy& policy, const std::string& holder) {
  const auto agent = core::AgentId::parse(holder);
  return agent && policy.find_agent(*agent) != nullptr ? agent->full() : core::printable(holder);
}

bool owns(const AgentSpec& agent, const std::string& path, bool ignore_case) {
  return core::PatternList(agent.files, ignore_case).matches(path);
}

// ": TASK", the first one that is not done; empty when there is none.
std::string task_text(const core::Policy& policy, const core::StreamId& stream,
                      const AgentSpec* agent) {
  for (const core::TaskSpec& task : policy.tasks) {
    if (task.status == "completed" || task.status == "cancelled") continue;
    const bool theirs = agent != nullptr ? task.agent == agent->id : task.stream == stream;
    if (theirs) return ": " + core::printable(task.title);
  }
  return {};
}

// What is elsewhere, by the file that is imported.
using ByTarget = std::multimap<std::string_view, const ConcurrentChanges*>;

// The conflicts of one import, in no order.
class Finder {
 public:
  Finder(const ConflictQuestion& question, const ImportEdge& edge)
      : question_(question), policy_(question.policy), edge_(edge) {}

  std::vector<ImportConflict> find(const ByTarget& elsewhere) {
    find_locked();
    const auto [first, last] = elsewhere.equal_range(edge_.target_path);
    for (auto other = first; other != last; ++other) find_concurrent_changes(*other->second);
    find_after();
    return std::move(found_);
  }

 private:
  void add(ConflictKind kind, ConflictLevel level, std::string other, std::string_view verb,
           std::string_view what, std::string hint) {
    found_.push_back(
        {kind, level, edge_.path, edge_.line, edge_.target, edge_.target_path, std::move(other),
         fmt::format("{} {} - {}", verb, quote_path(edge_.target_path), what), std::move(hint)});
  }

  void find_locked() {
    const core::Lock* lock =
        held_by_other(question_.locks, edge_.target_path, question_.identity.name(), question_.now,
                      question_.ignore_case);
    if (lock == nullptr) return;
    std::string other = holder_name(policy_, lock->agent);
    const std::string host = lock->host.empty() ? "" : " on " + core::printable(lock->host);
    std::string what =
        fmt::format("{}{} has lock until {} ({})", other, host,
                    core::format_local(lock->expires, question_.now, question_.local),
                    core::format_duration(lock->expires - question_.now));
    if (!lock->task.empty()) what += ": " + core::printable(lock->task);
    add(ConflictKind::locked, ConflictLevel::medium, std::move(other), "imports from", what,
        wait_command(*lock, core::literal_pattern(edge_.target_path), question_.now));
  }

  const AgentSpec* owner_in(const core::StreamId& id) const {
    const core::StreamSpec* stream = policy_.find_stream(id);
    if (stream == nullptr) return nullptr;
    for (const AgentSpec& agent : stream->agents) {
      if (owns(agent, edge_.target_path, question_.ignore_case)) return &agent;
    }
    return nullptr;
  }

  void find_concurrent_changes(const ConcurrentChanges& other) {
    if (other.stream == question_.identity.stream) return;
    const AgentSpec* owner = owner_in(other.stream);
    std::string who = owner != nullptr ? owner->id.full() : "stream-" + other.stream.str();
    const std::string where = fmt::format("on {} ({}){}", core::printable(other.branch.str()), who,
                                          task_text(policy_, other.stream, owner));
    std::string hint =
        fmt::format("git diff {} -- {}", core::quote_shell("HEAD..." + other.branch.str()),
                    core::quote_shell(core::literal_pattern(edge_.target_path)));
    std::string missing;
    for (const std::string& name : edge_.names) {
      if (std::ranges::find(other.gone_names, name) == other.gone_names.end()) continue;
      missing += (missing.empty() ? "" : ", ") + core::printable(name);
    }
    if (other.gone) {
      add(ConflictKind::gone, ConflictLevel::high, std::move(who), "imports from",
          "removed " + where, std::move(hint));
    } else if (!missing.empty()) {
      add(ConflictKind::gone, ConflictLevel::high, std::move(who), "imports " + missing + " from",
          "gone " + where, std::move(hint));
    } else {
      add(ConflictKind::changed, ConflictLevel::medium, std::move(who), "imports from",
          "changed " + where, std::move(hint));
    }
  }

  void find_after() {
    if (!question_.identity.agent) return;
    const AgentSpec* own = policy_.find_agent(*question_.identity.agent);
    if (own == nullptr || owns(*own, edge_.target_path, question_.ignore_case)) return;
    for (const core::AgentId& id : own->after) {
      const AgentSpec* other = policy_.find_agent(id);
      if (other == nullptr || std::ranges::find(question_.done, id) != question_.done.end() ||
          !owns(*other, edge_.target_path, question_.ignore_case)) {
        continue;
      }
      add(ConflictKind::after, ConflictLevel::high, id.full(), "depends on",
          id.full() + " in progress" + task_text(policy_, policy_.stream_of(id)->id, other),
          "git stream status");
    }
  }

  const ConflictQuestion& question_;
  const core::Policy& policy_;
  const ImportEdge& edge_;
  std::vector<ImportConflict> found_;
};

}  // namespace

std::vector<ImportConflict> import_conflicts(const ConflictQuestion& question) {
  std::vector<ImportConflict> all;
  if (question.identity.outsider()) return all;
  ByTarget elsewhere;
  for (const ConcurrentChanges& other : question.elsewhere)
    elsewhere.emplace(other.target_path, &other);
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> known;
  for (const ImportEdge& edge : question.edges) {
    if (edge.beyond_top || edge.target_path.empty() || edge.target_path == edge.path) continue;
    std::vector<ImportConflict> found = Finder(question, edge).find(elsewhere);
    std::ranges::stable_sort(found, worse);
    for (ImportConflict& conflict : found) {
      const auto [same, fresh] =
          known.try_emplace({conflict.path, conflict.module, conflict.other_agent}, all.size());
      if (fresh) {
        all.push_back(std::move(conflict));
      } else if (worse(conflict, all[same->second])) {
        all[same->second] = std::move(conflict);
      }
    }
  }
  return all;
}

std::optional<core::Finding> as_finding(const ImportConflict& conflict, core::Action action) {
  std::optional<core::Finding> found =
      finding(core::Rule::import_conflict, action, conflict.path, conflict.text, conflict.hint);
  if (found) found->line = conflict.line;
  return found;
}

}  // namespace gs::analyzers
