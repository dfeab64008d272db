#include "lib/conflicts/order.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <unordered_map>

#include "analyzers/phases.h"
#include "lib/conflicts/dependencies.h"
#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/facts/blob_facts.h"
#include "lib/python/modules.h"
#include "lib/session/identity.h"
#include "lib/state/streams.h"

namespace gs::conflicts {

namespace {

using core::Change;
using python::ModuleMap;

// A branch's tree and its modules.
struct BranchTree {
  std::unique_ptr<core::SourceTree> tree;
  ModuleMap modules;

  BranchTree(session::Session& session, const core::Policy& policy, const core::ObjectId& tip)
      : tree(session.repository().source_tree(tip)),
        modules(*tree, python::python_roots(policy.python_roots, *tree)) {}
};

std::vector<core::ObjectId> sources_of(const std::vector<StreamWork>& works) {
  std::vector<core::ObjectId> blobs;
  for (const StreamWork& work : works) {
    for (const Change& change : work.changes) {
      if (core::is_python_source(change.new_mode, change.path)) blobs.push_back(change.new_id);
    }
  }
  return blobs;
}

// The branches' trees, each read when it is first asked for.
class Trees {
 public:
  Trees(session::Session& session, const std::vector<StreamWork>& works)
      : session_(session), works_(works), trees_(works.size()) {}

  ModuleMap& modules(std::size_t work) {
    if (!trees_[work])
      trees_[work] = std::make_unique<BranchTree>(session_, session_.policy(), works_[work].tip);
    return trees_[work]->modules;
  }

 private:
  session::Session& session_;
  const std::vector<StreamWork>& works_;
  std::vector<std::unique_ptr<BranchTree>> trees_;
};

struct Touched {
  std::size_t work;
  Made made;
};

// The Python files that the branches have changed.
struct ChangedFiles {
  std::unordered_map<std::string, std::vector<Touched>> touched;  // by path
  // By module, the works that have added it, and the file that it is there.
  std::unordered_map<std::string, std::vector<std::pair<std::size_t, std::string>>> added;
};

ChangedFiles changed_files(const std::vector<StreamWork>& works, Trees& trees) {
  ChangedFiles files;
  for (std::size_t i = 0; i < works.size(); ++i) {
    for (const Change& change : works[i].changes) {
      const bool before = core::is_python_source(change.old_mode, change.path);
      const bool after = core::is_python_source(change.new_mode, change.path);
      if (!before && !after) continue;
      const Made made = !before ? Made::added : after ? Made::changed : Made::deleted;
      files.touched[change.path].push_back({i, made});
      if (made == Made::added)
        files.added[trees.modules(i).module_of(change.path)].emplace_back(i, change.path);
    }
  }
  return files;
}

// One import of a changed file.
struct ChangedImport {
  std::size_t work;
  const std::string& path;
  const ModuleMap::Edge& edge;
};

// Each file, module and pair of works once.
class Waits {
 public:
  void add(const ChangedImport& from, const Touched& to, const std::string& module,
           const std::string& file) {
    const ModuleMap::Edge& edge = from.edge;
    const auto key = std::tuple(from.work, to.work, std::string_view(from.path), module);
    const auto [at, is_new] = known_.try_emplace(key, waits_.size());
    if (is_new) {
      waits_.push_back(
          {from.work, to.work, from.path, edge.line, module, to.made, edge.type_checking, file});
    } else if (ImportWait& wait = waits_[at->second]; wait.type_checking && !edge.type_checking) {
      wait.line = edge.line;
      wait.type_checking = false;
    }
  }

  std::vector<ImportWait> sorted() {
    std::ranges::sort(waits_, {}, [](const ImportWait& wait) {
      return std::tie(wait.stream, wait.path, wait.line, wait.module, wait.on);
    });
    return std::move(waits_);
  }

 private:
  std::map<std::tuple<std::size_t, std::size_t, std::string_view, std::string>, std::size_t> known_;
  std::vector<ImportWait> waits_;
};

// At the tips of those who have added it: on this branch it may be nothing, or another file.
void add_where_added(const ChangedFiles& files, Trees& trees, const ChangedImport& from,
                     const std::string& module, Waits& waits) {
  const auto others = files.added.find(module);
  if (others == files.added.end()) return;
  for (const auto& [other, file] : others->second) {
    if (other == from.work) continue;
    ModuleMap& modules = trees.modules(other);
    if (modules.found(modules.find(module)).path == file)
      waits.add(from, {other, Made::added}, module, file);
  }
}

void add_waits(const ChangedFiles& files, Trees& trees, const ChangedImport& from, Waits& waits) {
  const ModuleMap& modules = trees.modules(from.work);
  const std::string target(modules.name(from.edge.target));
  const auto others = files.touched.find(modules.found(from.edge.target).path);
  if (others != files.touched.end()) {
    if (std::ranges::find(others->second, from.work, &Touched::work) != others->second.end())
      return;  // its own version
    for (Touched touched : others->second) {
      // A module that has become a package, or stands below another root now, is not gone.
      ModuleMap& there = trees.modules(touched.work);
      if (touched.made == Made::deleted && !there.found(there.find(target)).path.empty())
        touched.made = Made::changed;
      waits.add(from, touched, target, others->first);
    }
  }
  add_where_added(files, trees, from, target, waits);
  for (const std::string_view name : from.edge.names)
    add_where_added(files, trees, from, target + '.' + std::string(name), waits);
}

}  // namespace

std::vector<ImportWait> import_waits(session::Session& session,
                                     const std::vector<StreamWork>& works) {
  const facts::BlobFacts facts(session.repository(), sources_of(works));
  Trees trees(session, works);
  const ChangedFiles files = changed_files(works, trees);
  Waits waits;
  ModuleMap::FileEdges found;
  for (std::size_t i = 0; i < works.size() && works.size() > 1; ++i) {
    for (const Change& change : works[i].changes) {
      if (!core::is_python_source(change.new_mode, change.path)) continue;
      trees.modules(i).edges_of(change.path, facts.of(change.new_id), found);
      if (found.damaged) throw python::damaged_facts(change.path);
      for (const ModuleMap::Edge& edge : found.edges)
        add_waits(files, trees, {i, change.path, edge}, waits);
    }
  }
  return waits.sorted();
}

namespace {

using analyzers::Dependency;
using core::Policy;
using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;

using Pair = std::pair<std::size_t, std::size_t>;  // stream and other, as the policy numbers them

// Heavier than any number of imports.
constexpr int kAfter = 1 << 30, kContains = kAfter - 1, kImports = 1, kTypeChecking = 0;

std::string import_text(const ImportWait& wait, const std::string& other) {
  return fmt::format("{}:{} imports {}, {} by {}", core::quote_path(wait.path), wait.line,
                     core::printable(wait.module), made_name(wait.made), other);
}

// The streams in question. Streams have the numbers that the policy gives them.
struct Candidates {
  std::map<StreamId, std::size_t> numbers;  // of all streams
  std::map<std::size_t, std::vector<OrderedBranch>> chosen;
  std::vector<StreamWork> works;    // of all branches
  std::vector<std::size_t> owners;  // of the works
  std::vector<StreamId> merged, no_branch;
};

using Reasons = std::map<Pair, std::vector<OrderReason>>;

// Those that have something to merge; else one, so that it is seen that it has nothing.
std::vector<StreamBranch> branches_to_merge(const std::vector<StreamBranch>& all) {
  std::vector<StreamBranch> found;
  for (const StreamBranch& branch : all) {
    if (branch.base && branch.remains()) found.push_back(branch);
  }
  for (const StreamBranch& branch : all) {
    if (found.empty() && branch.base) found.push_back(branch);
  }
  return found;
}

Candidates candidates_of(session::Session& session, const StreamsNow& now,
                         const std::vector<StreamId>& named) {
  const Policy& policy = session.policy();
  Candidates found;
  for (std::size_t i = 0; i < policy.streams.size(); ++i)
    found.numbers.emplace(policy.streams[i].id, i);
  for (const StreamSpec& stream : policy.streams) {
    const bool is_named = std::ranges::find(named, stream.id) != named.end();
    if (!named.empty() && !is_named) continue;
    const StreamStatus status = now.streams.status(stream.id);
    if (status == StreamStatus::merged) {
      found.merged.push_back(stream.id);
      continue;
    }
    auto branches = order_branches(session, stream, branches_to_merge(now.branches.of(stream.id)));
    const bool started = status != StreamStatus::waiting;
    if (branches.empty() && started) found.no_branch.push_back(stream.id);
    if (!is_named && (branches.empty() || !started)) continue;
    const std::size_t number = found.numbers.at(stream.id);
    for (const OrderedBranch& branch : branches) {
      found.owners.push_back(number);
      found.works.push_back(branch.work);
    }
    found.chosen.emplace(number, std::move(branches));
  }
  return found;
}

// Of all streams: one that is not in question may stand between two that are.
void add_declared(const Policy& policy, const state::Streams& streams, const Candidates& found,
                  Reasons& reasons) {
  for (const StreamWait& wait : stream_waits(policy)) {
    if (streams.status(wait.stream) == StreamStatus::merged ||
        streams.status(wait.on) == StreamStatus::merged)
      continue;
    OrderReason reason{wait.on, Why::declared, "depends on " + wait.on.str(), {}};
    if (!wait.declared) {
      reason.why = Why::after;
      reason.text = wait.reason + " (stream " + wait.on.str() + ")";
    }
    reasons[{found.numbers.at(wait.stream), found.numbers.at(wait.on)}].push_back(
        std::move(reason));
  }
}

// Whether one's branch was made from the other's, or has merged it.
bool contains(const git::Repository& repository, const StreamWork& work, const StreamWork& other) {
  if (other.changes.empty() || other.tip == work.tip) return false;
  const std::string& path = other.changes.front().path;
  return std::ranges::binary_search(work.changes, path, {}, &core::Change::path) &&
         repository.is_ancestor(other.tip, work.tip);
}

void add_contained(session::Session& session, const Candidates& found, Reasons& reasons) {
  for (std::size_t i = 0; i < found.works.size(); ++i) {
    for (std::size_t j = 0; j < found.works.size(); ++j) {
      if (found.owners[i] == found.owners[j] ||
          !contains(session.repository(), found.works[i], found.works[j]))
        continue;
      const StreamId& other = session.policy().streams[found.owners[j]].id;
      reasons[{found.owners[i], found.owners[j]}].push_back(
          {other, Why::contains, "its branch holds the commits of " + other.str(), {}});
    }
  }
}

std::vector<StreamImport> add_imports(session::Session& session, const Candidates& found,
                                      Reasons& reasons) {
  const std::vector<StreamSpec>& streams = session.policy().streams;
  std::vector<StreamImport> imports;
  for (ImportWait& wait : import_waits(session, found.works)) {
    const std::size_t stream = found.owners[wait.stream], on = found.owners[wait.on];
    const Why why = wait.type_checking ? Why::type_checking : Why::imports;
    std::string text = import_text(wait, streams[on].id.str());
    imports.push_back({streams[stream].id, streams[on].id, found.works[wait.stream].branch,
                       found.works[wait.on].branch, wait});
    if (stream == on) continue;  // see order_branches()
    reasons[{stream, on}].push_back({streams[on].id, why, std::move(text), std::move(wait)});
  }
  return imports;
}

// One dependency for each pair: by its strongest reason.
std::vector<Dependency> dependencies(const Reasons& all) {
  std::vector<Dependency> found;
  for (const auto& [pair, reasons] : all) {
    const Why why = reasons.front().why;
    const auto imports = std::ranges::count(reasons, Why::imports, &OrderReason::why);
    const int weight = why == Why::after      ? kAfter
                       : why == Why::contains ? kContains
                       : why == Why::imports  ? kImports + static_cast<int>(imports)
                                              : kTypeChecking;
    found.push_back({pair.first, pair.second, reasons.front().text, why == Why::declared, weight});
  }
  return found;
}

// The circle's edges with their reasons; nothing where no stream in question is in it.
std::optional<OrderCircle> circle_of(const Policy& policy, const Candidates& found,
                                     const Reasons& reasons, const std::vector<Dependency>& edges,
                                     const Dependency* given_up) {
  OrderCircle circle;
  bool concerns = false;
  for (const Dependency& edge : edges) {
    concerns = concerns || found.chosen.contains(edge.node);
    if (given_up != nullptr && edge == *given_up) circle.given_up = circle.edges.size();
    circle.edges.push_back({policy.streams[edge.node].id, policy.streams[edge.on].id,
                            reasons.at({edge.node, edge.on})});
  }
  return concerns ? std::optional(std::move(circle)) : std::nullopt;
}

// But for those where an import for type checking is given up.
std::vector<OrderCircle> circles_of(const Policy& policy, const Candidates& found,
                                    const Reasons& reasons, const analyzers::Order& order) {
  std::vector<OrderCircle> circles;
  // A circle of declared ones has none that was given up; these stand first.
  const std::size_t hard = order.circles.size() - order.given_up.size();
  for (std::size_t i = 0; i < order.circles.size(); ++i) {
    const Dependency* given_up = i < hard ? nullptr : &order.given_up[i - hard];
    if (given_up != nullptr && given_up->weight == kTypeChecking && !given_up->declared) continue;
    if (auto circle = circle_of(policy, found, reasons, order.circles[i], given_up))
      circles.push_back(std::move(*circle));
  }
  return circles;
}

// Those that hold, for others that are in question.
std::vector<OrderReason> reasons_of(const Candidates& found, const Reasons& all,
                                    const std::vector<Dependency>& given_up, std::size_t number) {
  std::vector<OrderReason> first, more;
  for (const auto& [pair, reasons] : all) {
    const bool holds = std::ranges::none_of(given_up, [&](const Dependency& edge) {
      return edge.node == pair.first && edge.on == pair.second;
    });
    if (pair.first != number || !found.chosen.contains(pair.second) || !holds) continue;
    first.push_back(reasons.front());
    more.insert(more.end(), reasons.begin() + 1, reasons.end());
  }
  std::ranges::stable_sort(first, {}, &OrderReason::why);
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

OrderedStream ordered_stream(const Policy& policy, const state::Streams& streams,
                             const Candidates& found, std::size_t number) {
  const StreamSpec& spec = policy.streams[number];
  OrderedStream stream;
  stream.id = spec.id;
  stream.name = spec.name;
  stream.status = streams.status(spec.id);
  stream.branches = found.chosen.at(number);
  for (const StreamId& before : unmerged_dependencies(policy, streams, spec)) {
    if (!found.chosen.contains(found.numbers.at(before))) stream.unmerged.push_back(before);
  }
  return stream;
}

// The reasons of one stream's branches, numbered as they are given.
using BranchReasons = std::map<Pair, std::vector<OrderReason>>;

void add_reason(BranchReasons& reasons, Pair pair, Why why, std::string text) {
  reasons[pair].push_back({{}, why, std::move(text), {}});
}

BranchReasons branch_reasons(session::Session& session, const StreamSpec& stream,
                             const std::vector<OrderedBranch>& branches) {
  BranchReasons reasons;
  std::vector<StreamWork> works;
  for (const OrderedBranch& branch : branches) works.push_back(branch.work);
  for (std::size_t i = 0; i < branches.size(); ++i) {
    for (std::size_t j = 0; j < branches.size(); ++j) {
      const auto &agent = branches[i].branch.agent, &other = branches[j].branch.agent;
      if (i == j) continue;
      const auto spec = std::ranges::find_if(
          stream.agents, [&](const core::AgentSpec& one) { return one.id == agent; });
      if (other && spec != stream.agents.end() &&
          std::ranges::find(spec->after, *other) != spec->after.end())
        add_reason(reasons, {i, j}, Why::after,
                   agent->short_name() + " comes after " + other->short_name());
      if (contains(session.repository(), works[i], works[j]))
        add_reason(reasons, {i, j}, Why::contains,
                   "holds the commits of " + core::printable(works[j].branch.str()));
    }
  }
  for (const ImportWait& wait : import_waits(session, works)) {
    add_reason(reasons, {wait.stream, wait.on},
               wait.type_checking ? Why::type_checking : Why::imports,
               import_text(wait, core::printable(works[wait.on].branch.str())));
  }
  for (auto& [pair, all] : reasons) std::ranges::stable_sort(all, {}, &OrderReason::why);
  return reasons;
}

std::size_t agent_place(const StreamSpec& stream, const StreamBranch& branch) {
  const auto agent = std::ranges::find_if(
      stream.agents, [&](const core::AgentSpec& one) { return one.id == branch.agent; });
  return branch.agent ? static_cast<std::size_t>(agent - stream.agents.begin()) + 1 : 0;
}

}  // namespace

std::vector<OrderedBranch> order_branches(session::Session& session, const StreamSpec& stream,
                                          const std::vector<StreamBranch>& all) {
  std::vector<OrderedBranch> branches;
  for (const StreamBranch& branch : all) {
    if (auto work = work_on(session.repository(), branch))
      branches.push_back({branch, *std::move(work), {}, {}});
  }
  if (branches.size() < 2) return branches;
  std::ranges::stable_sort(branches, {}, [&](const OrderedBranch& branch) {
    return agent_place(stream, branch.branch);
  });
  const BranchReasons reasons = branch_reasons(session, stream, branches);
  const analyzers::Order order = analyzers::order_of(branches.size(), dependencies(reasons));
  std::vector<OrderedBranch> ordered;
  for (const std::size_t number : order.order) {
    OrderedBranch& branch = ordered.emplace_back(branches[number]);
    for (const auto& [pair, why] : reasons) {
      const bool before = std::ranges::any_of(ordered, [&](const OrderedBranch& other) {
        return other.branch.name == branches[pair.second].branch.name;
      });
      if (pair.first != number || !before) continue;
      if (why.front().why <= Why::contains)
        branch.after.push_back(branches[pair.second].branch.name);
      branch.reasons.push_back(why.front().text);
    }
  }
  return ordered;
}

std::size_t OrderedStream::files() const {
  std::set<std::string_view> paths;
  for (const OrderedBranch& branch : branches) {
    for (const Change& change : branch.work.changes) paths.insert(change.path);
  }
  return paths.size();
}

MergeOrder merge_order(session::Session& session, const StreamsNow& now,
                       const std::vector<StreamId>& named) {
  const Policy& policy = session.policy();
  for (const StreamId& name : named) session::known_stream(policy, name.str());
  integration_tip(session);  // without it there is nothing to merge into
  const state::Streams& streams = now.streams;
  const Candidates found = candidates_of(session, now, named);
  Reasons reasons;
  add_declared(policy, streams, found, reasons);
  add_contained(session, found, reasons);
  MergeOrder result;
  result.into = policy.integration_branch;
  result.imports = add_imports(session, found, reasons);
  for (auto& [pair, all] : reasons) std::ranges::stable_sort(all, {}, &OrderReason::why);
  const analyzers::Order order = analyzers::order_of(policy.streams.size(), dependencies(reasons));
  result.circles = circles_of(policy, found, reasons, order);
  for (const std::size_t number : order.order) {
    if (!found.chosen.contains(number)) continue;
    result.streams.push_back(ordered_stream(policy, streams, found, number));
    result.streams.back().reasons = reasons_of(found, reasons, order.given_up, number);
  }
  result.merged = found.merged;
  result.no_branch = found.no_branch;
  for (const auto& [stream, branches] : found.chosen) {
    if (std::ranges::find(order.order, stream) == order.order.end())
      result.stuck.push_back(policy.streams[stream].id);
  }
  return result;
}

}  // namespace gs::conflicts
