#include "lib/conflicts/breakage/side_index.h"

#include <algorithm>
#include <utility>

#include "lib/core/change.h"

namespace gs::conflicts {

TreeView::TreeView(session::Session& session, facts::BlobKnowledge& given,
                   const core::ObjectId& commit, const core::ChangeSet& changes)
    : knowledge(given),
      tree(session.repository().source_tree(commit, changes)),
      modules(*tree, python::python_roots(session.policy().python_roots, *tree)),
      offered(*tree, modules,
              [&given](const core::ObjectId& blob) { return given.interface(blob); }),
      called{
          *tree,
          modules,
          offered,
          [&given](const core::ObjectId& blob) -> const core::Interface& {
            return given.interface(blob);
          },
          [&given](const core::ObjectId& blob) { return given.facts(blob); },
          [&given](const core::ObjectId& blob) -> const core::Calls& { return given.calls(blob); }},
      classes(called) {}

std::vector<core::ImportEdge> TreeView::edges(const std::string& path) {
  const auto blob = tree->file(path);
  if (!blob || !core::is_python_source(path)) return {};
  return python::import_edges(modules, path, knowledge.facts(*blob));
}

namespace {

using core::Change;
using core::ImportEdge;
using core::ImportKind;

// "models/risk/__init__.py" may be models.risk, or risk, by where the roots are.
void add_names(std::string_view path, std::set<std::string, std::less<>>& names) {
  std::string name(path.substr(0, path.rfind('.')));
  std::ranges::replace(name, '/', '.');
  constexpr std::string_view kInit = ".__init__";
  if (name.ends_with(kInit)) name.resize(name.size() - kInit.size());
  for (std::string_view rest = name;;) {
    names.emplace(rest);
    const std::size_t dot = rest.find('.');
    if (dot == rest.npos) return;
    rest.remove_prefix(dot + 1);
  }
}

bool is_package(std::string_view path) {
  return path.ends_with("/__init__.py") || path.ends_with("/__init__.pyi");
}

std::set<TopPair> tops_of(const std::vector<ImportEdge>& edges) {
  std::set<TopPair> tops;
  for (const ImportEdge& edge : edges) {
    if (!edge.internal || edge.beyond_top || edge.type_checking) continue;
    TopPair pair(top_of(edge.importer), top_of(edge.target));
    if (pair.first != pair.second) tops.insert(std::move(pair));
  }
  return tops;
}

}  // namespace

std::string top_of(std::string_view module) {
  return std::string(module.substr(0, module.find('.')));
}

std::vector<core::ObjectId> sources_of(const MergeSide& side) {
  std::vector<core::ObjectId> blobs;
  for (const Change& change : side.changes) {
    if (core::is_python_source(change.new_mode, change.path)) blobs.push_back(change.new_id);
    if (core::is_python_source(change.old_mode, change.path)) blobs.push_back(change.old_id);
  }
  return blobs;
}

std::vector<core::ObjectId> SideIndex::imported_sources() {
  std::vector<core::ObjectId> blobs;
  for (const auto& [path, edges] : edges_) {
    for (const ImportEdge& edge : edges) {
      const std::string& target = view_.modules.found(view_.modules.find(edge.target)).path;
      const auto blob = target.empty() ? std::nullopt : view_.tree->file(target);
      if (blob && core::is_python_source(target)) blobs.push_back(*blob);
    }
  }
  return blobs;
}

SideIndex::SideIndex(session::Session& session, facts::BlobKnowledge& knowledge,
                     const MergeSide& side, std::size_t number)
    : session_(session),
      knowledge_(knowledge),
      side_(side),
      number_(number),
      view_(session, knowledge, side.tip) {
  for (const Change& change : side.changes) note(change);
  knowledge.learn(sources_of(side));
  for (const std::string& path : sources_) edges_.emplace(path, view_.edges(path));
}

void SideIndex::note(const Change& change) {
  if (!core::is_python_source(change.new_mode, change.path) &&
      !core::is_python_source(change.old_mode, change.path))
    return;
  sources_.push_back(change.path);
  add_names(change.path, touched_);
}

bool SideIndex::changed(std::string_view path) const {
  return side_.changed(path);
}

// The modules from which a module may have what it hands on.
const SideIndex::Names& SideIndex::behind(const std::string& module) {
  const auto known = behind_.find(module);
  if (known != behind_.end()) return known->second;
  Names names;
  std::vector<std::string> open{module};
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    const std::string path = view_.modules.found(view_.modules.find(next)).path;
    if (path.empty()) continue;
    for (const ImportEdge& edge : view_.edges(path)) {
      const bool hands_on =
          edge.kind == ImportKind::star || (edge.kind == ImportKind::from && is_package(path));
      if (hands_on && names.insert(edge.target).second) open.push_back(edge.target);
    }
  }
  return behind_.emplace(module, std::move(names)).first->second;
}

bool SideIndex::leads_to(const ImportEdge& edge, const SideIndex& other) {
  if (edge.beyond_top) return false;
  if (other.touches(edge.target)) return true;
  for (const std::string& name : edge.names) {
    if (other.touches(edge.target + "." + name)) return true;
  }
  if (edge.kind == ImportKind::import) {  // import a; a.b.f()
    const std::string below = edge.target + ".";
    const auto at = other.touched_.lower_bound(below);
    if (at != other.touched_.end() && at->starts_with(below)) return true;
  }
  const Names& names = behind(edge.target);
  return std::ranges::any_of(names, [&](const auto& name) { return other.touches(name); });
}

bool SideIndex::builds_on(const std::string& path, const SideIndex& other) {
  const auto edges = edges_.find(path);
  if (edges == edges_.end()) return false;
  const auto leads = [&](const ImportEdge& edge) { return leads_to(edge, other); };
  return std::ranges::any_of(edges->second, leads) || inherits_from(path, other);
}

// The modules that a module imports.
const SideIndex::Names& SideIndex::imports_of(const std::string& module) {
  const auto known = imports_.find(module);
  if (known != imports_.end()) return known->second;
  Names names;
  const std::string path = view_.modules.found(view_.modules.find(module)).path;
  for (const ImportEdge& edge : path.empty() ? std::vector<ImportEdge>{} : view_.edges(path)) {
    names.insert(edge.target);
    for (const std::string& name : edge.names) names.insert(edge.target + "." + name);
  }
  return imports_.emplace(module, std::move(names)).first->second;
}

// Interfaces are read only where imports lead there.
bool SideIndex::inherits_from(const std::string& path, const SideIndex& other) {
  const auto leads = [&](const std::string& module) {
    const Names& names = imports_of(module);
    return std::ranges::any_of(names, [&](const auto& name) { return other.touches(name); });
  };
  const bool reached = std::ranges::any_of(edges_.at(path), [&](const ImportEdge& edge) {
    return leads(edge.target) || std::ranges::any_of(edge.names, [&](const std::string& name) {
             return leads(edge.target + "." + name);
           });
  });
  if (!reached) return false;
  const auto changed_above = [&](const analyzers::ClassPlace& place) {
    return std::ranges::any_of(view_.classes.order_of(place).classes, [&](const auto& above) {
      return above.path != path && other.changed(above.path);
    });
  };
  return std::ranges::any_of(view_.classes.all_in(path), changed_above);
}

void SideIndex::compare_tops() {
  if (std::exchange(tops_compared_, true)) return;
  TreeView before(session_, knowledge_, side_.base);
  for (const std::string& path : sources_) {
    const std::set<TopPair> then = tops_of(before.edges(path)), now = tops_of(edges_.at(path));
    for (const ImportEdge& edge : edges_.at(path)) {
      const TopPair pair(top_of(edge.importer), top_of(edge.target));
      if (now.contains(pair) && !then.contains(pair) && !edge.type_checking && edge.internal)
        new_tops_.try_emplace(pair, ConflictPlace{number_, path, {}, edge.line});
    }
    for (const TopPair& pair : then) {
      if (!now.contains(pair)) lost_tops_[pair].insert(path);
    }
  }
}

const std::map<TopPair, ConflictPlace>& SideIndex::new_tops() {
  compare_tops();
  return new_tops_;
}

const std::map<TopPair, std::set<std::string>>& SideIndex::lost_tops() {
  compare_tops();
  return lost_tops_;
}

}  // namespace gs::conflicts
