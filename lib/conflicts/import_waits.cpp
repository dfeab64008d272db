#include "lib/conflicts/import_waits.h"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "analyzers/module_map.h"
#include "lib/app/blob_facts.h"
#include "lib/core/source_tree.h"

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

}  // namespace gs::streams
