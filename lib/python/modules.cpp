#include "lib/python/modules.h"

#include <algorithm>
#include <deque>
#include <memory_resource>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/python/hash_index.h"

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
      // Of a fromlist only modules are asked for: what else it names need not be there.
      if (from.kind == core::ImportKind::from) into.edges[own_edge].names.push_back(name.name);
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
  } else if (given.kind == core::ImportKind::from || !given.names.empty()) {
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

namespace {

using ModuleKind = FoundModule::Kind;

}  // namespace

ModuleFinder::ModuleFinder(core::SourceTree& tree, const std::vector<std::string>& roots)
    : tree_(tree) {
  for (const std::string& root : roots)
    roots_.push_back(add_folder(root.empty() ? "" : root + '/'));
}

ModuleFinder::Folder ModuleFinder::add_folder(std::string_view path) {
  folders_.emplace_back(path);
  return static_cast<Folder>(folders_.size() - 1);
}

const std::string& ModuleFinder::path_of(Folder folder, std::string_view component,
                                         std::string_view ending) {
  path_ = folders_[folder];
  path_ += component;
  path_ += ending;
  return path_;
}

bool ModuleFinder::has(Folder folder, std::string_view component, std::string_view ending) {
  return tree_.file(path_of(folder, component, ending)).has_value();
}

bool ModuleFinder::has_folder(Folder folder, std::string_view component) {
  return component != "__pycache__" && tree_.holds_python(path_of(folder, component, ""));
}

ModuleFinder::Answer ModuleFinder::package(Folder folder, std::string_view component,
                                           std::string_view ending) {
  Answer answer{{ModuleKind::package, path_of(folder, component, ending)}, {}};
  answer.folders.push_back(add_folder(path_of(folder, component, "/")));
  return answer;
}

ModuleFinder::Answer ModuleFinder::module(Folder folder, std::string_view component,
                                          std::string_view ending) {
  return {{ModuleKind::module, path_of(folder, component, ending)}, {}};
}

ModuleFinder::Answer ModuleFinder::look(std::span<const Folder> folders,
                                        std::string_view component) {
  // What no file of a folder can be called: import_module("a/b") finds nothing in CPython either.
  if (component.empty() || component.find('/') != component.npos) return {};
  // A folder without Python has no __init__.py: most names are none, and this is one question less.
  std::vector<Folder> candidates;
  for (const Folder in : folders) {
    const bool there = has_folder(in, component);
    if (there) candidates.push_back(in);
    if (there && has(in, component, "/__init__.py")) return package(in, component, "/__init__.py");
    if (has(in, component, ".py")) return module(in, component, ".py");
  }
  for (const Folder in : folders) {
    const bool there = std::ranges::find(candidates, in) != candidates.end();
    if (there && has(in, component, "/__init__.pyi")) {
      return package(in, component, "/__init__.pyi");
    }
    if (has(in, component, ".pyi")) return module(in, component, ".pyi");
  }
  if (candidates.empty()) return {};
  Answer answer{{ModuleKind::namespace_package, {}}, {}};
  for (const Folder in : candidates) {
    answer.folders.push_back(add_folder(path_of(in, component, "/")));
  }
  return answer;
}

namespace {

bool holds(std::string_view root, std::string_view path) {
  return root.empty() ||
         (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

std::string_view without_ending(std::string_view path) {
  for (const std::string_view ending : {".pyi", ".py"}) {
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  }
  return path;
}

// In one spelling; nothing where no file counts.
std::optional<std::string> normal_root(std::string_view root) {
  std::string out;
  while (!root.empty()) {
    const std::string_view part = root.substr(0, root.find('/'));
    root.remove_prefix(std::min(root.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part.starts_with('.') || part == "__pycache__") return std::nullopt;
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

bool is_file(core::SourceTree& tree, const std::string& path) {
  return tree.file(path).has_value();
}

bool is_package(core::SourceTree& tree, const std::string& folder) {
  return is_file(tree, folder + "/__init__.py") || is_file(tree, folder + "/__init__.pyi");
}

bool src_is_root(core::SourceTree& tree) {
  if (!tree.holds_python("src") || is_package(tree, "src")) return false;
  return std::ranges::any_of(tree.folders("src"), [&](const std::string& name) {
    return !name.starts_with('.') && name != "__pycache__" && is_package(tree, "src/" + name);
  });
}

}  // namespace

void name_file(std::string_view path, const std::vector<std::string>& roots, FileModule& into) {
  std::size_t longest = 0;
  for (const std::string& root : roots) {
    if (!root.empty() && holds(root, path)) longest = std::max(longest, root.size() + 1);
  }
  constexpr std::string_view kInit = "/__init__";
  const std::string_view below = without_ending(path.substr(longest));
  const bool init = below.ends_with(kInit);
  into.module = init ? below.substr(0, below.size() - kInit.size()) : below;
  std::ranges::replace(into.module, '/', '.');
  const std::size_t slash = below.rfind('/');
  into.package = into.module;
  if (!init) into.package.resize(slash == below.npos ? 0 : slash);
}

std::optional<std::string_view> relative_base(std::string_view package, std::uint32_t level) {
  for (; level > 1; --level) {
    const std::size_t dot = package.rfind('.');
    if (dot == package.npos) return std::nullopt;
    package = package.substr(0, dot);
  }
  if (package.empty()) return std::nullopt;
  return package;
}

std::vector<std::string> normal_roots(const std::vector<std::string>& given) {
  std::vector<std::string> roots;
  for (const std::string& text : given) {
    const std::optional<std::string> root = normal_root(text);
    if (root && std::ranges::find(roots, *root) == roots.end()) roots.push_back(*root);
  }
  return roots;
}

std::vector<std::string> python_roots(const std::vector<std::string>& given,
                                      core::SourceTree& tree) {
  if (!given.empty()) return normal_roots(given);
  if (src_is_root(tree)) return {"src", ""};
  return {""};
}

// Edges as values that stand alone.

std::vector<core::ImportEdge> import_edges(ModuleMap& modules, std::string_view path,
                                           std::string_view facts,
                                           std::vector<core::Partial>* partials) {
  ModuleMap::FileEdges found;
  modules.edges_of(path, facts, found);
  if (found.damaged) throw damaged_facts(path);
  const std::string importer = modules.module_of(path);
  std::vector<core::ImportEdge> edges;
  const auto add = [&](const auto& import) -> core::ImportEdge& {
    core::ImportEdge& edge = edges.emplace_back();
    edge.importer = importer;
    edge.path = path;
    edge.line = import.line;
    edge.names.assign(import.names.begin(), import.names.end());
    edge.kind = import.kind;
    edge.scope = import.scope;
    edge.type_checking = import.type_checking;
    edge.guarded = import.guarded;
    return edge;
  };
  for (const ModuleMap::Edge& import : found.edges) {
    core::ImportEdge& edge = add(import);
    edge.target = modules.name(import.target);
    edge.target_path = modules.found(import.target).path;
    edge.internal = modules.internal(import.target);
  }
  for (const ModuleMap::Beyond& import : found.beyond) {
    core::ImportEdge& edge = add(import);
    edge.target = import.written;
    edge.beyond_top = true;
  }
  std::ranges::stable_sort(edges, {}, &core::ImportEdge::line);
  if (partials != nullptr) *partials = std::move(found.partials);
  return edges;
}

core::Error damaged_facts(std::string_view path) {
  return {core::ExitCode::broken,
          "cannot read what is known of the imports of " + core::quote_path(path) +
              ": the facts are damaged",
          "delete the facts cache; it is made anew"};
}

}  // namespace gs::python
