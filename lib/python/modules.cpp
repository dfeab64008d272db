#include "lib/python/modules.h"

#include <algorithm>
#include <deque>
#include <memory_resource>

#include "lib/python/hash_index.h"
#include "lib/python/module_finder.h"
#include "lib/python/module_path.h"

namespace gs::python {

namespace {

using ModuleKind = FoundModule::Kind;
constexpr ModuleId kNoModule = FlatIndex::kNone;

// Apart from what every import asks for (name, package, internal), so that that lies close
// together.
struct MappedModule {
  FoundModule found;
  std::vector<ModuleFinder::Folder> folders;  // of a package: where its components are
};
struct Brief {
  std::string_view name;
  bool package = false, internal = false;
};

// What a component is in a package (or at the top, whose id is kNoModule).
struct Child {
  ModuleId parent;
  std::string_view component;
  ModuleId id;  // kNoModule: nothing
};

}  // namespace

struct ModuleMap::Impl {
  Impl(core::SourceTree& tree, std::vector<std::string> given)
      : roots(normal_roots(given)), finder(tree, roots) {}

  ModuleId find(std::string_view name);
  ModuleId child(ModuleId parent, std::string_view component);
  void add_import(const core::Import& import, FileEdges& into);
  void add_from(const core::Import& import, ModuleId package, FileEdges& into);
  std::optional<std::string_view> target_of(const core::Import& import);
  Edge& add_edge(const core::Import& import, ModuleId target, FileEdges& into);
  void clear(FileEdges& into);

  std::vector<std::string> roots;
  ModuleFinder finder;
  std::deque<MappedModule> modules;
  std::vector<Brief> briefs;  // of the same modules
  FlatIndex by_name;
  std::vector<Child> children;
  FlatIndex by_component;
  std::pmr::monotonic_buffer_resource memory;  // of names and components

  // Of the file in hand, and its statements; reused from file to file.
  FileModule own;
  core::Import import;
  std::string absolute;
  std::vector<std::vector<std::string_view>> spare_names;
  std::vector<std::uint64_t> seen_in;  // by module: the last statement that imported it from p
  std::uint64_t statement = 0;

 private:
  std::string_view keep(std::string_view text);
  std::string_view keep_joined(std::string_view package, std::string_view component);
  ModuleId add(std::string_view kept_name, MappedModule module, bool internal);
};

std::string_view ModuleMap::Impl::keep(std::string_view text) {
  if (text.empty()) return {};
  char* copy = static_cast<char*>(memory.allocate(text.size(), 1));
  text.copy(copy, text.size());
  return {copy, text.size()};
}

std::string_view ModuleMap::Impl::keep_joined(std::string_view package,
                                              std::string_view component) {
  const std::size_t size = package.size() + 1 + component.size();
  char* copy = static_cast<char*>(memory.allocate(size, 1));
  package.copy(copy, package.size());
  copy[package.size()] = '.';
  component.copy(copy + package.size() + 1, component.size());
  return {copy, size};
}

ModuleId ModuleMap::Impl::add(std::string_view kept_name, MappedModule module, bool internal) {
  const auto id = static_cast<ModuleId>(briefs.size());
  const ModuleKind kind = module.found.kind;
  by_name.insert(hash_of(kept_name), id);
  briefs.push_back(
      {kept_name, kind == ModuleKind::package || kind == ModuleKind::namespace_package, internal});
  modules.push_back(std::move(module));
  return id;
}

ModuleId ModuleMap::Impl::child(ModuleId parent, std::string_view component) {
  const std::uint64_t hash = hash_of(component, std::uint64_t{parent} + 1);
  const std::uint32_t known = by_component.find(hash, [&](std::uint32_t at) {
    return children[at].parent == parent && children[at].component == component;
  });
  if (known != FlatIndex::kNone) return children[known].id;

  const std::string_view kept = keep(component);
  ModuleFinder::Answer answer =
      finder.look(parent == kNoModule ? finder.roots() : modules[parent].folders, kept);
  ModuleId id = kNoModule;
  if (answer.found.kind != ModuleKind::absent) {
    const std::string_view name =
        parent == kNoModule ? kept : keep_joined(briefs[parent].name, component);
    id = add(name, {std::move(answer.found), std::move(answer.folders)}, true);
  }
  by_component.insert(hash, static_cast<std::uint32_t>(children.size()));
  children.push_back({parent, kept, id});
  return id;
}

ModuleId ModuleMap::Impl::find(std::string_view name) {
  const std::uint32_t known =
      by_name.find(hash_of(name), [&](std::uint32_t at) { return briefs[at].name == name; });
  if (known != FlatIndex::kNone) return known;

  ModuleId id = kNoModule;
  for (std::string_view rest = name;;) {
    const std::string_view component = rest.substr(0, rest.find('.'));
    const ModuleId next = child(id, component);
    if (next == kNoModule) break;
    id = next;
    if (component.size() == rest.size()) return id;
    if (!briefs[id].package) break;
    rest.remove_prefix(component.size() + 1);
  }
  return add(keep(name), {}, id != kNoModule);
}

std::optional<std::string_view> ModuleMap::Impl::target_of(const core::Import& statement_) {
  if (statement_.level == 0) return statement_.module;
  std::string_view package = own.package;
  if (statement_.kind == core::ImportKind::dynamic && statement_.anchor != "__package__") {
    package = statement_.anchor == "__name__" ? own.module : statement_.anchor;
  }
  const std::optional<std::string_view> base = relative_base(package, statement_.level);
  if (!base) return std::nullopt;
  absolute = *base;
  if (!statement_.module.empty()) {
    absolute += '.';
    absolute += statement_.module;
  }
  return absolute;
}

ModuleMap::Edge& ModuleMap::Impl::add_edge(const core::Import& from, ModuleId target,
                                           FileEdges& into) {
  return into.edges.emplace_back(
      Edge{target, from.line, from.kind, from.scope, from.type_checking, from.guarded, {}});
}

void ModuleMap::Impl::add_from(const core::Import& from, ModuleId package, FileEdges& into) {
  ++statement;
  std::size_t own_edge = into.edges.size();  // of what the package itself gives; made when needed
  bool has_own = false;
  const bool searched = briefs[package].package;
  for (const core::ImportedName& name : from.names) {
    const ModuleId id = searched ? child(package, name.name) : kNoModule;
    if (id == kNoModule) {
      if (!has_own) {
        own_edge = into.edges.size();
        has_own = true;
        Edge& edge = add_edge(from, package, into);
        if (!spare_names.empty()) {
          edge.names = std::move(spare_names.back());
          spare_names.pop_back();
        }
      }
      into.edges[own_edge].names.push_back(name.name);
      continue;
    }
    if (id >= seen_in.size()) seen_in.resize(modules.size() + modules.size() / 2);
    if (std::exchange(seen_in[id], statement) != statement) add_edge(from, id, into);
  }
  if (from.names.empty()) add_edge(from, package, into);
}

void ModuleMap::Impl::add_import(const core::Import& given, FileEdges& into) {
  const std::optional<std::string_view> target = target_of(given);
  if (!target) {
    Beyond& beyond = into.beyond.emplace_back(
        Beyond{given.line, {}, given.kind, given.scope, given.type_checking, given.guarded, {}});
    // Nobody writes so many dots on purpose: they need not all be shown.
    beyond.written.assign(std::min<std::uint32_t>(given.level, 100), '.');
    beyond.written += given.module;
    for (const core::ImportedName& name : given.names) beyond.names.push_back(name.name);
  } else if (given.kind == core::ImportKind::from) {
    add_from(given, find(*target), into);
  } else {
    add_edge(given, find(*target), into);
  }
}

void ModuleMap::Impl::clear(FileEdges& into) {
  for (Edge& edge : into.edges) {
    if (edge.names.capacity() == 0) continue;
    edge.names.clear();
    spare_names.push_back(std::move(edge.names));
  }
  into.edges.clear();
  into.beyond.clear();
  into.partials.clear();
  into.damaged = false;
}

ModuleMap::ModuleMap(core::SourceTree& tree, std::vector<std::string> roots)
    : impl_(std::make_unique<Impl>(tree, std::move(roots))) {}
ModuleMap::~ModuleMap() = default;

std::string ModuleMap::module_of(std::string_view path) const {
  FileModule named;
  name_file(path, impl_->roots, named);
  return named.module;
}

ModuleId ModuleMap::find(std::string_view module) {
  return impl_->find(module);
}
const FoundModule& ModuleMap::found(ModuleId id) const {
  return impl_->modules[id].found;
}
std::string_view ModuleMap::name(ModuleId id) const {
  return impl_->briefs[id].name;
}
bool ModuleMap::internal(ModuleId id) {
  return impl_->briefs[id].internal;
}

void ModuleMap::edges_of(std::string_view path, std::string_view facts, FileEdges& into) {
  impl_->clear(into);
  name_file(path, impl_->roots, impl_->own);
  core::ImportReader reader(facts);
  while (reader.next(impl_->import)) impl_->add_import(impl_->import, into);
  into.partials = reader.partials();
  into.damaged = reader.damaged();
  const auto line = [](const auto& a, const auto& b) { return a.line < b.line; };
  if (!std::ranges::is_sorted(into.edges, line)) std::ranges::stable_sort(into.edges, line);
}

}  // namespace gs::python
