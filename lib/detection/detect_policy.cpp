#include "lib/detection/detect_policy.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analyzers/import_graph.h"
#include "lib/core/text.h"
#include "lib/detection/balanced_scopes.h"
#include "lib/detection/import_levels.h"
#include "lib/detection/source_roots.h"
#include "lib/facts/tree_imports.h"
#include "lib/git/objects/object_id.h"
#include "lib/python/imports/imports.h"

namespace gs::detection {

namespace {

using analyzers::ImportGraph;

// The Python files with their imports.
struct Sources {
  std::vector<SourceFile> files;
  std::vector<std::string> facts;    // what files' views are of
  std::vector<std::uint64_t> bytes;  // by file
  facts::ListedTree tree;            // all files of the repository
};

Sources read_sources(const RepositoryFiles& given) {
  Sources sources;
  std::vector<std::string> paths;
  for (const std::string& path : given.paths) {
    const git::TreeEntry entry{git::blob_id(path, core::ObjectFormat::sha1), core::mode::file};
    if (core::is_python_source(entry.mode, path)) {
      const auto text = given.read(path);
      if (!text) continue;
      paths.push_back(path);
      sources.facts.push_back(python::imports_of(*text));
      sources.bytes.push_back(text->size());
    }
    sources.tree.add(path, entry);
  }
  sources.tree.finish();
  for (std::size_t i = 0; i < paths.size(); ++i)
    sources.files.push_back({paths[i], sources.facts[i]});
  return sources;
}

struct Imports {
  ImportGraph graph;
  std::map<std::string, std::uint32_t> file_of;  // by module
};

Imports imports_of(Sources& sources, const std::vector<std::string>& roots) {
  python::ModuleMap modules(sources.tree, roots);
  analyzers::GraphBuilder builder(modules);
  Imports imports;
  for (std::uint32_t i = 0; i < sources.files.size(); ++i) {
    const SourceFile& file = sources.files[i];
    builder.add(file.path, file.facts);
    imports.file_of.emplace(modules.module_of(file.path), i);
  }
  imports.graph = builder.take();
  return imports;
}

// What is divided among agents, and the imports between these files.
struct Divisible {
  std::vector<SizedFile> files;
  std::vector<FileImport> imports;
};

Divisible divisible(const Sources& sources, const Imports& imports, const SharedFolders& shared) {
  constexpr std::uint32_t kShared = UINT32_MAX;
  Divisible out;
  std::vector<std::uint32_t> number(sources.files.size(), kShared);
  for (std::size_t i = 0; i < sources.files.size(); ++i) {
    if (shared.holds(sources.files[i].path)) continue;
    number[i] = static_cast<std::uint32_t>(out.files.size());
    out.files.push_back({sources.files[i].path, sources.bytes[i]});
  }
  for (const ImportGraph::Edge& edge : imports.graph.edges) {
    const auto from = imports.file_of.find(imports.graph.modules[edge.from]),
               to = imports.file_of.find(imports.graph.modules[edge.to]);
    if (from == imports.file_of.end() || to == imports.file_of.end()) continue;
    const std::uint32_t a = number[from->second], b = number[to->second];
    if (a != kShared && b != kShared) out.imports.push_back({a, b});
  }
  return out;
}

std::size_t usual_scopes(std::size_t files) {
  const auto wanted =
      static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(files) / 8)));
  return std::clamp<std::size_t>(wanted, std::min<std::size_t>(files, 2), 8);
}

// For so many agents; 0: for as many as there is a fair part of all the bytes for, not less than a
// quarter of the average.
std::vector<Scope> scopes_for(const Divisible& parts, std::uint64_t all, std::size_t scopes) {
  if (scopes != 0) return balanced_scopes(parts.files, parts.imports, scopes);
  for (std::size_t wanted = usual_scopes(parts.files.size());; --wanted) {
    std::vector<Scope> found = balanced_scopes(parts.files, parts.imports, wanted);
    if (found.size() < 3 || found.back().bytes * 4 * found.size() >= all) return found;
  }
}

std::vector<std::string> shared_patterns(const Sources& sources, const SharedFolders& shared) {
  std::set<std::string> patterns{"tests/**", "docs/**"};
  for (const SourceFile& file : sources.files) {
    std::string pattern = shared.pattern_of(file.path);
    if (!pattern.empty()) patterns.insert(std::move(pattern));
  }
  return {patterns.begin(), patterns.end()};
}

policy::ProposedStream stream_of(const Scope& scope, std::uint64_t all) {
  const std::uint64_t percent = all == 0 ? 0 : (scope.bytes * 100 + all / 2) / all;
  return {scope.name, scope.patterns,
          core::counted(scope.files, "file") + ", " + std::to_string(percent) + " % of the code; " +
              core::counted(scope.within, "import") + " within, " + std::to_string(scope.across) +
              " from and to other streams"};
}

// Those that are not the default are to be written.
std::vector<std::string> unusual_roots(const std::vector<std::string>& roots,
                                       core::SourceTree& tree) {
  std::vector<std::string> usual = python::python_roots({}, tree);
  std::ranges::sort(usual, std::greater<>());
  std::vector<std::string> sorted = roots;
  std::ranges::sort(sorted, std::greater<>());
  return sorted == usual ? std::vector<std::string>() : roots;
}

}  // namespace

policy::ProposedPolicy detect_policy(const RepositoryFiles& files,
                                     const core::BranchName& integration_branch,
                                     std::size_t scopes) {
  Sources sources = read_sources(files);
  const SharedFolders shared(sources.files);
  const std::vector<std::string> roots = source_roots(sources.files);
  policy::ProposedPolicy proposed;
  proposed.integration_branch = integration_branch;
  proposed.python_roots = unusual_roots(roots, sources.tree);
  const std::vector<std::string> used = python::python_roots(proposed.python_roots, sources.tree);
  const Imports imports = imports_of(sources, used);
  const Divisible parts = divisible(sources, imports, shared);
  std::uint64_t all = 0;
  for (const SizedFile& file : parts.files) all += file.bytes;
  for (const Scope& scope : scopes_for(parts, all, scopes))
    proposed.streams.push_back(stream_of(scope, all));
  proposed.shared = shared_patterns(sources, shared);
  std::vector<std::string> modules;
  for (const auto& [module, file] : imports.file_of) modules.push_back(module);
  ImportLevels levels = import_levels(imports.graph, modules);
  proposed.layers = std::move(levels.layers);
  if (levels.type_checking_ignored) proposed.python_ignore = {"type_checking"};
  proposed.imports = imports.graph.edges.size();
  for (ProjectCheck& check : project_checks(files.paths, files.read))
    proposed.checks.push_back({std::move(check.step), std::move(check.reason)});
  return proposed;
}

}  // namespace gs::detection
