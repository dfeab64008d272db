#include "lib/detection/source_roots.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "lib/core/import_facts.h"
#include "lib/core/pattern.h"

namespace gs::detection {

namespace {

constexpr std::string_view kSharedFolders[] = {
    "tests",    "test",      "testing",    "docs",  "doc",       "examples", "example",
    "samples",  "benchmark", "benchmarks", "bench", "tutorials", "demos",    "integration_tests",
    "notebooks"};
constexpr std::string_view kSharedFiles[] = {"conftest.py", "setup.py", "noxfile.py"};

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view stem_of(std::string_view path) {
  const std::string_view name = name_of(path);
  return name.substr(0, name.rfind('.'));
}

bool is_init(std::string_view path) {
  return stem_of(path) == "__init__";
}

std::vector<std::string> package_folders(const std::vector<SourceFile>& files) {
  std::set<std::string> folders;
  for (const SourceFile& file : files) {
    if (is_init(file.path)) folders.emplace(folder_of(file.path));
  }
  return {folders.begin(), folders.end()};
}

bool has(const std::vector<std::string>& sorted, std::string_view text) {
  return std::ranges::binary_search(sorted, text);
}

// What is looked for by one name: a package in no package, or a module in none.
struct Importable {
  std::string path;  // its folder, or the file without its ending
  bool package = false;
  bool operator<(const Importable& other) const { return path < other.path; }
};

Importable importable_of(std::string_view file, const std::vector<std::string>& packages) {
  std::string_view folder = folder_of(file);
  if (!has(packages, folder)) {
    const std::size_t ending = name_of(file).size() - stem_of(file).size();
    return {std::string(file.substr(0, file.size() - ending)), false};
  }
  while (!folder.empty() && has(packages, folder_of(folder))) folder = folder_of(folder);
  return {std::string(folder), true};
}

// How often each dotted name, or one below it, is imported absolutely, and from which folders.
class ImportedNames {
 public:
  explicit ImportedNames(const std::vector<SourceFile>& files) {
    for (const SourceFile& file : files) add(file);
  }

  // Imports of the name in files below a folder ("": all), or directly in it.
  std::size_t count(const std::string& name, std::string_view below, bool directly) const {
    const auto found = folders_.find(name);
    if (found == folders_.end()) return 0;
    std::size_t sum = 0;
    for (const auto& [folder, times] : found->second) {
      const bool inside = below.empty() || folder == below ||
                          (folder.starts_with(below) && folder[below.size()] == '/');
      if (directly ? folder == below : inside) sum += times;
    }
    return sum;
  }

 private:
  void add(const SourceFile& file) {
    core::ImportReader reader(file.facts);
    core::Import import;
    const std::string folder(folder_of(file.path));
    while (reader.next(import)) {
      if (import.level != 0 || import.module.empty()) continue;
      add_name(import.module, folder);
      for (const core::ImportedName& name : import.names)
        ++folders_[std::string(import.module) + '.' + std::string(name.name)][folder];
    }
  }

  void add_name(std::string_view module, const std::string& folder) {
    for (std::size_t dot = module.find('.');; dot = module.find('.', dot + 1)) {
      ++folders_[std::string(module.substr(0, dot))][folder];
      if (dot == module.npos) return;
    }
  }

  std::unordered_map<std::string, std::map<std::string, std::size_t>> folders_;
};

// The folder above which the imports of it begin; nothing where nobody imports it.
void vote(const Importable& what, const ImportedNames& names,
          std::map<std::string, std::size_t>& votes) {
  std::size_t most = 0;
  std::string best;
  std::string name;
  for (std::string_view at = what.path; !at.empty(); at = folder_of(at)) {
    name = std::string(name_of(at)) + (name.empty() ? "" : ".") + name;
    const std::string_view root = folder_of(at);
    // A package is imported by its neighbours, a module that is in none by scripts beside it.
    const bool beside = !what.package && at == what.path;
    const std::size_t count = names.count(name, beside ? root : folder_of(root), beside);
    if (count > most) {
      most = count;
      best = root;
    }
  }
  if (most > 0) votes[best] += most;
}

}  // namespace

std::vector<std::string> source_roots(const std::vector<SourceFile>& files) {
  const std::vector<std::string> packages = package_folders(files);
  const SharedFolders shared(files);
  const ImportedNames names(files);
  std::set<Importable> importables;
  for (const SourceFile& file : files) {
    if (!shared.holds(file.path)) importables.insert(importable_of(file.path, packages));
  }
  std::map<std::string, std::size_t> votes;
  for (const Importable& what : importables) vote(what, names, votes);
  std::vector<std::string> roots;
  for (const auto& [root, count] : votes) {
    if (!root.empty()) roots.push_back(root);
  }
  roots.emplace_back();
  return roots;
}

bool is_shared_name(std::string_view name) {
  return std::ranges::find(kSharedFolders, name) != std::end(kSharedFolders);
}

SharedFolders::SharedFolders(const std::vector<SourceFile>& files)
    : packages_(package_folders(files)) {}

std::string SharedFolders::pattern_of(std::string_view path) const {
  std::size_t begin = 0;
  for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', begin)) {
    const std::string_view above = path.substr(0, begin == 0 ? 0 : begin - 1);
    const std::string_view name = path.substr(begin, slash - begin);
    const bool inside = begin != 0 && has(packages_, above);
    if (inside ? name == "tests" : is_shared_name(name))
      return core::literal_pattern(path.substr(0, slash)) + "/**";
    begin = slash + 1;
  }
  if (has(packages_, folder_of(path))) return {};
  if (std::ranges::find(kSharedFiles, path.substr(begin)) == std::end(kSharedFiles)) return {};
  return core::literal_pattern(path);
}

}  // namespace gs::detection
