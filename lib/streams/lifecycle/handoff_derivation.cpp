#include "lib/streams/lifecycle/handoff_derivation.h"

#include <algorithm>
#include <map>
#include <set>

#include "analyzers/interface_changes.h"
#include "lib/conflicts/dependencies.h"
#include "lib/core/policy.h"
#include "lib/facts/blob_facts.h"
#include "lib/git/refs/history.h"
#include "lib/python/modules.h"
#include "lib/state/clock.h"
#include "lib/streams/lifecycle/tasks.h"
#include "lib/streams/recovery.h"
#include "lib/streams/validation/steps.h"

namespace gs::streams {

using core::Change;
using core::StreamSpec;
using state::Handoff;

namespace {

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Who committed these paths last, of the stream's agents.
std::map<std::string, std::string> committers(session::Session& session, const StreamSpec& stream,
                                              const conflicts::StreamWork& work,
                                              const std::set<std::string>& paths) {
  std::map<std::string, std::string> found, agents;
  if (paths.empty()) return found;
  const StreamLog log(session, stream.id);
  for (const state::Activity& line : log.lines()) {
    const bool own =
        std::any_of(stream.agents.begin(), stream.agents.end(),
                    [&](const core::AgentSpec& agent) { return agent.id.full() == line.agent; });
    if (own && line.action == "committed") agents[state::log_field(line, "commit")] = line.agent;
  }
  for (const git::Commit& commit :
       git::commits_between(session.repository(), {work.base}, work.tip)) {
    const auto agent = agents.find(commit.id.hex());
    if (agent == agents.end()) continue;
    for (const Change& change : git::changes_of(session.repository(), commit)) {
      if (paths.contains(change.path)) found[change.path] = agent->second;
    }
  }
  return found;
}

// What pytest and Django collect as tests by default: nobody builds on what is in there.
bool is_test_module(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with("test_") || name.ends_with("_test.py") || name == "conftest.py" ||
         name == "tests.py";
}

// The Python files of the work as modules, before and after; a module that becomes a package, or
// the other way round, is one.
class ModulesOfWork {
 public:
  ModulesOfWork(session::Session& session, const conflicts::StreamWork& work)
      : repository_(session.repository()),
        work_(work),
        tree_(repository_.source_tree(work.tip)),
        modules_(*tree_, python::python_roots(session.policy().python_roots, *tree_)) {}

  void add(const Change& change, const std::string& owner) {
    if (!core::is_python_source(change.path) || is_test_module(change.path)) return;
    const std::string module = modules_.module_of(change.path);
    Sides& sides = sides_[module];
    if (core::mode::is_regular(change.old_mode)) prefer(sides.before, change.path, change.old_id);
    if (core::mode::is_regular(change.new_mode)) prefer(sides.after, change.path, change.new_id);
    // Whose it was counts more than who has it now.
    if (sides.owner.empty() || change.old_mode != core::mode::none) sides.owner = owner;
  }

  std::map<std::string, analyzers::InterfaceChanges> by_owner() {
    std::vector<analyzers::ModuleChange> changes;
    for (auto& [module, sides] : sides_) {
      if (!sides.before) sides.before = sibling(*sides.after_or_before(), work_.base);
      if (!sides.after) sides.after = sibling(*sides.after_or_before(), work_.tip);
      changes.push_back({module, interface(sides.before), interface(sides.after)});
    }
    std::map<std::string, analyzers::InterfaceChanges> owned;
    for (auto& [module, lines] : analyzers::changes_by_module(changes)) {
      analyzers::InterfaceChanges& all = owned[sides_[module].owner];
      append(all.new_interfaces, lines.new_interfaces);
      append(all.breaking_changes, lines.breaking_changes);
    }
    return owned;
  }

 private:
  struct File {
    std::string path;
    core::ObjectId blob;
  };
  struct Sides {
    std::optional<File> before, after;
    std::string owner;

    const std::optional<File>& after_or_before() const { return after ? after : before; }
  };

  static void append(std::vector<std::string>& to, const std::vector<std::string>& lines) {
    to.insert(to.end(), lines.begin(), lines.end());
  }

  // As imports prefer them: a package to a module, a source to its stub.
  static void prefer(std::optional<File>& side, const std::string& path, const core::ObjectId& id) {
    const auto rank = [](const std::string& name) {
      const bool package = name.find("__init__.py") != name.npos;
      return (name.ends_with(".pyi") ? 0 : 2) + (package ? 1 : 0);
    };
    if (!side || rank(path) > rank(side->path)) side = File{path, id};
  }

  // pkg/__init__.py for pkg.py, and pkg.py for pkg/__init__.py.
  std::optional<File> sibling(const File& file, const core::ObjectId& commit) const {
    constexpr std::string_view kPackage = "/__init__.py";
    std::string path = file.path;
    if (path.ends_with(kPackage)) {
      path.resize(path.size() - kPackage.size());
      path += ".py";
    } else if (path.ends_with(".py")) {
      path.resize(path.size() - 3);
      path += kPackage;
    }
    if (path == file.path) return std::nullopt;
    const auto entry = repository_.entry(commit, path);
    if (!entry || !core::mode::is_regular(entry->mode)) return std::nullopt;
    return File{path, entry->id};
  }

  std::optional<core::Interface> interface(const std::optional<File>& file) const {
    if (!file) return std::nullopt;
    return facts::interface_of_blob(repository_, file->blob);
  }

  const git::Repository& repository_;
  const conflicts::StreamWork& work_;
  std::unique_ptr<core::SourceTree> tree_;
  python::ModuleMap modules_;
  std::map<std::string, Sides> sides_;
};

std::vector<std::string> receivers(const core::Policy& policy, const StreamSpec& stream,
                                   const core::AgentSpec* agent) {
  std::vector<std::string> names;
  if (agent != nullptr) {
    for (const core::AgentId& id : conflicts::followers(policy, agent->id))
      names.push_back(id.full());
    return names;
  }
  for (const StreamSpec& other : policy.streams) {
    const auto& needs = other.depends_on;
    if (std::find(needs.begin(), needs.end(), stream.id) == needs.end()) continue;
    for (const core::AgentSpec& one : other.agents) names.push_back(one.id.full());
  }
  return names;
}

// The agent's tasks, done or to be done with this, that it has not handed on with other work.
std::vector<std::string> tasks_to_tell(session::Session& session, const core::AgentId& agent,
                                       const std::vector<Handoff>& earlier,
                                       const std::string& commit) {
  std::vector<std::string> titles;
  for (const core::TaskSpec& task : tasks_of(session, agent)) {
    if (task.status == "dropped") continue;
    const bool told = std::any_of(earlier.begin(), earlier.end(), [&](const Handoff& old) {
      return old.commit != commit && contains(old.completed_tasks, task.title);
    });
    if (!told) titles.push_back(task.title);
  }
  return titles;
}

bool says_the_same(const Handoff& last, const Handoff& now) {
  return now.completed_tasks.empty() && last.to_agents == now.to_agents &&
         last.new_interfaces == now.new_interfaces &&
         last.breaking_changes == now.breaking_changes &&
         (now.test_status.empty() || last.test_status == now.test_status);
}

std::vector<Handoff> sent_by(const std::vector<Handoff>& all, const std::string& sender) {
  std::vector<Handoff> sent;
  std::copy_if(all.begin(), all.end(), std::back_inserter(sent), [&](const Handoff& one) {
    return core::same_holder(one.from_agent, sender) && !one.commit.empty();
  });
  return sent;
}

}  // namespace

std::string stream_sender(const core::StreamId& stream) {
  return core::Identity{stream, std::nullopt, core::Identity::Source::none}.name();
}

std::vector<std::string> owners_of(session::Session& session, const StreamSpec& stream,
                                   const conflicts::StreamWork& work) {
  const bool ignore_case = session.repository().ignore_case();
  const core::ScopeMap scopes(session.policy(), {stream.id, {}, {}}, ignore_case);
  std::vector<std::pair<std::string, core::PatternList>> agents;
  for (const core::AgentSpec& agent : stream.agents)
    agents.emplace_back(agent.id.full(), core::PatternList(agent.files, ignore_case));
  std::vector<std::string> owners;
  std::set<std::string> unowned;
  for (const Change& change : work.changes) {
    const core::Standing standing = scopes.place(change.path).standing;
    const auto agent = std::find_if(agents.begin(), agents.end(), [&](const auto& one) {
      return one.second.matches(change.path);
    });
    const bool mine = standing == core::Standing::mine && agent != agents.end();
    const bool shared = standing == core::Standing::shared;
    owners.push_back(mine ? agent->first : shared ? "" : stream_sender(stream.id));
    if (!mine && !shared) unowned.insert(change.path);
  }
  const auto committed = committers(session, stream, work, unowned);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    const auto by = committed.find(work.changes[i].path);
    if (by != committed.end()) owners[i] = by->second;
  }
  return owners;
}

std::vector<Handoff> handoffs_of(session::Session& session, const StreamSpec& stream,
                                 const conflicts::StreamWork& work,
                                 const std::vector<std::string>& senders,
                                 const std::string& tests) {
  const std::vector<std::string> owners = owners_of(session, stream, work);
  ModulesOfWork modules(session, work);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    if (!owners[i].empty()) modules.add(work.changes[i], owners[i]);
  }
  const auto lines = modules.by_owner();
  const std::string status = tests.empty() ? test_status(session, work.tip) : tests;
  const std::vector<Handoff> known = state::read_handoffs(session.state());
  std::vector<Handoff> handoffs;
  for (const std::string& sender : senders) {
    const auto id = core::AgentId::parse(sender);
    const core::AgentSpec* agent =
        sender != stream_sender(stream.id) && id ? session.policy().find_agent(*id) : nullptr;
    const std::vector<Handoff> earlier = sent_by(known, sender);
    Handoff handoff{
        sender,        receivers(session.policy(), stream, agent), state::now(), {}, {}, {}, status,
        work.tip.hex()};
    if (agent != nullptr)
      handoff.completed_tasks = tasks_to_tell(session, agent->id, earlier, handoff.commit);
    if (const auto found = lines.find(sender); found != lines.end()) {
      handoff.new_interfaces = found->second.new_interfaces;
      handoff.breaking_changes = found->second.breaking_changes;
    }
    // An agent by itself says at least that it is done; of a whole stream, who has something to
    // say.
    const bool heard = agent != nullptr && !handoff.to_agents.empty();
    const bool tested = contains(owners, sender) && !tests.empty();
    const bool worth = (heard && (senders.size() == 1 || tested)) ||
                       !handoff.completed_tasks.empty() || !handoff.new_interfaces.empty() ||
                       !handoff.breaking_changes.empty();
    const bool again = !earlier.empty() && says_the_same(earlier.back(), handoff);
    if (worth && !again) handoffs.push_back(std::move(handoff));
  }
  return handoffs;
}

}  // namespace gs::streams
