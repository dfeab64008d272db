#include "lib/conflicts/order.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "analyzers/module_map.h"
#include "analyzers/phases.h"
#include "lib/app/blob_facts.h"
#include "lib/conflicts/dependencies.h"
#include "lib/core/error.h"
#include "lib/core/source_tree.h"
#include "lib/core/text.h"
#include "lib/store/streams.h"

namespace gs::streams {

namespace {

using analyzers::ModuleMap;
using core::Change;

// A branch's tree and its modules.
struct Place {
  std::unique_ptr<core::SourceTree> tree;
  ModuleMap modules;

  Place(const app::Session& session, const core::Policy& policy, const core::ObjectId& tip)
      : tree(session.repository().source_tree(tip)),
        modules(*tree, analyzers::python_roots(policy.python_roots, *tree)) {}
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

class WaitSearch {
 public:
  WaitSearch(app::Session& session, const std::vector<StreamWork>& works)
      : session_(session), works_(works), facts_(session.repository(), sources_of(works)) {
    places_.resize(works.size());
    for (std::size_t i = 0; i < works.size(); ++i) {
      for (const Change& change : works[i].changes) note(i, change);
    }
  }

  std::vector<ImportWait> run() {
    ModuleMap::FileEdges found;
    for (std::size_t i = 0; i < works_.size() && works_.size() > 1; ++i) {
      for (const Change& change : works_[i].changes) {
        if (!core::is_python_source(change.new_mode, change.path)) continue;
        place(i).modules.edges_of(change.path, facts_.of(change.new_id), found);
        if (found.damaged) throw analyzers::damaged_facts(change.path);
        for (const ModuleMap::Edge& edge : found.edges) look(i, change.path, edge);
      }
    }
    return sorted();
  }

 private:
  struct Touched {
    std::size_t work;
    Made made;
  };

  void note(std::size_t work, const Change& change) {
    const bool before = core::is_python_source(change.old_mode, change.path);
    const bool after = core::is_python_source(change.new_mode, change.path);
    if (!before && !after) return;
    const Made made = !before ? Made::added : after ? Made::changed : Made::deleted;
    touched_[change.path].push_back({work, made});
    if (made == Made::added)
      added_[place(work).modules.module_of(change.path)].emplace_back(work, change.path);
  }

  Place& place(std::size_t work) {
    if (!places_[work])
      places_[work] = std::make_unique<Place>(session_, session_.policy(), works_[work].tip);
    return *places_[work];
  }

  void look(std::size_t work, const std::string& path, const ModuleMap::Edge& edge) {
    const ModuleMap& modules = place(work).modules;
    const std::string target(modules.name(edge.target));
    const auto others = touched_.find(modules.found(edge.target).path);
    if (others != touched_.end()) {
      const bool own = std::ranges::any_of(
          others->second, [&](const Touched& touched) { return touched.work == work; });
      for (const Touched& touched : others->second) {
        if (!own) add(work, path, edge, touched, target, others->first);
      }
      if (own) return;
    }
    look_elsewhere(work, path, edge, target);
    for (const std::string_view name : edge.names)
      look_elsewhere(work, path, edge, target + '.' + std::string(name));
  }

  // At the tips of those who have added it: on this branch it may be nothing, or another file.
  void look_elsewhere(std::size_t work, const std::string& path, const ModuleMap::Edge& edge,
                      const std::string& module) {
    const auto others = added_.find(module);
    if (others == added_.end()) return;
    for (const auto& [other, file] : others->second) {
      if (other == work) continue;
      ModuleMap& modules = place(other).modules;
      if (modules.found(modules.find(module)).path == file)
        add(work, path, edge, {other, Made::added}, module, file);
    }
  }

  void add(std::size_t work, const std::string& path, const ModuleMap::Edge& edge,
           const Touched& other, const std::string& module, const std::string& file) {
    const auto key = std::tuple(work, other.work, std::string_view(path), module);
    const auto [at, is_new] = known_.try_emplace(key, waits_.size());
    if (is_new) {
      waits_.push_back(
          {work, other.work, path, edge.line, module, other.made, edge.type_checking, file});
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

  app::Session& session_;
  const std::vector<StreamWork>& works_;
  const app::BlobFacts facts_;
  std::vector<std::unique_ptr<Place>> places_;
  std::unordered_map<std::string, std::vector<Touched>> touched_;  // by path
  // By module, the files that are it where they were added.
  std::unordered_map<std::string, std::vector<std::pair<std::size_t, std::string>>> added_;
  std::map<std::tuple<std::size_t, std::size_t, std::string_view, std::string>, std::size_t> known_;
  std::vector<ImportWait> waits_;
};

}  // namespace

std::vector<ImportWait> import_waits(app::Session& session, const std::vector<StreamWork>& works) {
  return WaitSearch(session, works).run();
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

std::string import_text(const ImportWait& wait, const StreamId& other) {
  return fmt::format("{}:{} imports {}, {} by {}", core::quote_path(wait.path), wait.line,
                     core::printable(wait.module), made_name(wait.made), other.str());
}

// What there is to merge, and what is said of the order.
class Ordering {
 public:
  Ordering(app::Session& session, const std::vector<StreamId>& named)
      : session_(session),
        policy_(session.policy()),
        streams_(store::read_streams(session.state())) {
    order_.into = policy_.integration_branch;
    for (std::size_t i = 0; i < policy_.streams.size(); ++i)
      numbers_.emplace(policy_.streams[i].id, i);
    const core::ObjectId integration = integration_tip(session);
    for (const StreamSpec& stream : policy_.streams) choose(stream, named, integration);
  }

  MergeOrder run() {
    declared_reasons();
    branch_reasons();
    import_reasons();
    const analyzers::Order order = analyzers::order_of(policy_.streams.size(), dependencies());
    for (const Dependency& edge : order.given_up) given_up_.emplace_back(edge.node, edge.on);
    // A circle of declared ones has none that was given up; these stand first.
    const std::size_t hard = order.circles.size() - order.given_up.size();
    for (std::size_t i = 0; i < order.circles.size(); ++i)
      tell(order.circles[i], i < hard ? nullptr : &order.given_up[i - hard]);
    for (const std::size_t stream : order.order) place(stream);
    for (const auto& [stream, at] : chosen_) {
      if (std::ranges::find(order.order, stream) == order.order.end())
        order_.stuck.push_back(policy_.streams[stream].id);
    }
    return std::move(order_);
  }

 private:
  static constexpr std::size_t kNoWork = SIZE_MAX;

  void choose(const StreamSpec& stream, const std::vector<StreamId>& named,
              const core::ObjectId& integration) {
    const bool is_named = std::ranges::find(named, stream.id) != named.end();
    if (!named.empty() && !is_named) return;
    const StreamStatus status = streams_.status(stream.id);
    if (status == StreamStatus::merged) {
      order_.merged.push_back(stream.id);
      return;
    }
    auto work = work_of(session_, stream.id, integration);
    const bool started = status != StreamStatus::waiting;
    if (!work && started) order_.no_branch.push_back(stream.id);
    if (!is_named && (!work || (!started && work->changes.empty()))) return;
    chosen_.emplace(numbers_.at(stream.id), work ? works_.size() : kNoWork);
    if (!work) return;
    owners_.push_back(numbers_.at(stream.id));
    works_.push_back(std::move(*work));
  }

  bool merged(std::size_t stream) const {
    return streams_.status(policy_.streams[stream].id) == StreamStatus::merged;
  }

  void add(std::size_t stream, std::size_t on, Why why, std::string text,
           std::optional<ImportWait> import = {}) {
    reasons_[{stream, on}].push_back(
        {policy_.streams[on].id, why, std::move(text), std::move(import)});
  }

  // Of all streams: one that is not in question may stand between two that are.
  void declared_reasons() {
    for (const StreamWait& wait : stream_waits(policy_)) {
      const std::size_t stream = numbers_.at(wait.stream), on = numbers_.at(wait.on);
      if (merged(stream) || merged(on)) continue;
      if (wait.declared) {
        add(stream, on, Why::declared, "depends on " + wait.on.str());
      } else {
        add(stream, on, Why::after, wait.reason + " (stream " + wait.on.str() + ")");
      }
    }
  }

  // Whether one's branch was made from the other's, or has merged it.
  bool holds(const StreamWork& work, const StreamWork& other) const {
    if (other.changes.empty() || other.tip == work.tip) return false;
    const std::string& path = other.changes.front().path;
    return std::ranges::binary_search(work.changes, path, {}, &core::Change::path) &&
           session_.repository().is_ancestor(other.tip, work.tip);
  }

  void branch_reasons() {
    for (std::size_t i = 0; i < works_.size(); ++i) {
      for (std::size_t j = 0; j < works_.size(); ++j) {
        if (i == j || !holds(works_[i], works_[j])) continue;
        const std::string& other = policy_.streams[owners_[j]].id.str();
        add(owners_[i], owners_[j], Why::contains, "its branch holds the commits of " + other);
      }
    }
  }

  void import_reasons() {
    for (ImportWait& wait : import_waits(session_, works_)) {
      const std::size_t stream = owners_[wait.stream], on = owners_[wait.on];
      const Why why = wait.type_checking ? Why::type_checking : Why::imports;
      std::string text = import_text(wait, policy_.streams[on].id);
      order_.imports.push_back({policy_.streams[stream].id, policy_.streams[on].id, wait});
      add(stream, on, why, std::move(text), std::move(wait));
    }
    for (auto& [pair, reasons] : reasons_) std::ranges::stable_sort(reasons, {}, &OrderReason::why);
  }

  // One dependency for each pair: by its strongest reason.
  std::vector<Dependency> dependencies() const {
    std::vector<Dependency> all;
    for (const auto& [pair, reasons] : reasons_) {
      const Why why = reasons.front().why;
      const auto imports = std::ranges::count(reasons, Why::imports, &OrderReason::why);
      const int weight = why == Why::after      ? kAfter
                         : why == Why::contains ? kContains
                         : why == Why::imports  ? kImports + static_cast<int>(imports)
                                                : kTypeChecking;
      all.push_back({pair.first, pair.second, reasons.front().text, why == Why::declared, weight});
    }
    return all;
  }

  OrderEdge edge_of(const Dependency& edge) const {
    return {policy_.streams[edge.node].id, policy_.streams[edge.on].id,
            reasons_.at({edge.node, edge.on})};
  }

  void tell(const std::vector<Dependency>& circle, const Dependency* given_up) {
    if (given_up != nullptr && given_up->weight == kTypeChecking && !given_up->declared) return;
    OrderCircle told;
    bool concerns = false;
    for (const Dependency& edge : circle) {
      concerns = concerns || chosen_.contains(edge.node);
      if (given_up != nullptr && edge == *given_up) told.given_up = told.edges.size();
      told.edges.push_back(edge_of(edge));
    }
    if (concerns) order_.circles.push_back(std::move(told));
  }

  void place(std::size_t number) {
    const auto chosen = chosen_.find(number);
    if (chosen == chosen_.end()) return;
    const StreamSpec& spec = policy_.streams[number];
    OrderedStream stream;
    stream.id = spec.id;
    stream.name = spec.name;
    stream.status = streams_.status(spec.id);
    if (chosen->second != kNoWork) {
      stream.branch = works_[chosen->second].branch;
      stream.work = works_[chosen->second];
    }
    stream.reasons = reasons_of(number);
    for (const StreamId& before : unmerged_dependencies(policy_, streams_, spec)) {
      if (!chosen_.contains(numbers_.at(before))) stream.unmerged.push_back(before);
    }
    order_.streams.push_back(std::move(stream));
  }

  // Those that hold, for others that are in question.
  std::vector<OrderReason> reasons_of(std::size_t number) const {
    std::vector<OrderReason> first, more;
    for (const auto& [pair, reasons] : reasons_) {
      const bool holds = std::ranges::find(given_up_, pair) == given_up_.end();
      if (pair.first != number || !chosen_.contains(pair.second) || !holds) continue;
      first.push_back(reasons.front());
      more.insert(more.end(), reasons.begin() + 1, reasons.end());
    }
    std::ranges::stable_sort(first, {}, &OrderReason::why);
    first.insert(first.end(), more.begin(), more.end());
    return first;
  }

  app::Session& session_;
  const Policy& policy_;
  const store::Streams streams_;
  MergeOrder order_;
  std::map<StreamId, std::size_t> numbers_;
  std::map<std::size_t, std::size_t> chosen_;  // streams in question, each with its work
  std::vector<StreamWork> works_;
  std::vector<std::size_t> owners_;  // of the works
  std::map<Pair, std::vector<OrderReason>> reasons_;
  std::vector<Pair> given_up_;
};

}  // namespace

MergeOrder merge_order(app::Session& session, const std::vector<StreamId>& named) {
  std::vector<std::string> known;
  for (const StreamSpec& stream : session.policy().streams) known.push_back(stream.id.str());
  for (const StreamId& name : named) {
    if (session.policy().find_stream(name) != nullptr) continue;
    const auto nearest = core::nearest_word(name.str(), known);
    throw core::Error(core::ExitCode::usage,
                      "there is no stream '" + core::printable(name.str()) + "' in the policy",
                      nearest ? "did you mean '" + *nearest + "'?" : "git stream plan lists them");
  }
  return Ordering(session, named).run();
}

}  // namespace gs::streams
