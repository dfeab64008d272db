#include "lib/conflicts/breakage/built_modules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <map>
#include <set>
#include <string_view>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/objects/scratch.h"
#include "lib/install/git_config.h"
#include "lib/process/process.h"

namespace gs::conflicts {

namespace {

namespace fs = std::filesystem;
using analyzers::BrokenImport;

struct Missing {
  BrokenImport* broken = nullptr;
  std::vector<std::string> places;  // its paths below the roots, without an ending
};
using ByLeaf = std::multimap<std::string, Missing, std::less<>>;  // by the module's last component

std::string leaf_of(std::string_view dotted, char separator) {
  return std::string(dotted.substr(dotted.rfind(separator) + 1));
}

ByLeaf missing_modules(const std::vector<std::string>& roots, std::vector<BrokenImport>& broken) {
  ByLeaf missing;
  for (BrokenImport& one : broken) {
    if (!one.doubt.empty()) continue;
    std::string module = one.name.empty() ? one.module : one.module + "." + one.name;
    const std::string leaf = leaf_of(module, '.');
    std::ranges::replace(module, '.', '/');
    Missing entry{&one, {}};
    for (const std::string& root : roots)
      entry.places.push_back(root.empty() ? module : root + "/" + module);
    missing.emplace(leaf, std::move(entry));
  }
  return missing;
}

// Whether a build makes a module of a file with this ending, which begins at its first dot.
bool builds_module(std::string_view ending) {
  constexpr std::array<std::string_view, 19> kSources{
      ".pyx", ".c",     ".cc",     ".cpp",     ".cxx",  ".rs",    ".f",  ".f90", ".go", ".zig",
      ".in",  ".py.in", ".pyx.in", ".py.tmpl", ".tmpl", ".py.j2", ".j2", ".g4",  ".y"};
  return ending.ends_with(".so") || ending.ends_with(".pyd") ||
         std::ranges::find(kSources, ending) != kSources.end();
}

// The modules that a file of this name may become.
std::vector<std::string> made_of(std::string_view file) {
  const std::string stem(file.substr(0, file.find('.')));
  const std::string_view ending = file.substr(stem.size());
  if (ending == ".proto") return {stem, stem + "_pb2", stem + "_pb2_grpc"};
  if (ending == ".thrift" || builds_module(ending)) return {stem};
  return {};
}

void doubt(BrokenImport& broken, std::string text) {
  if (broken.doubt.empty()) broken.doubt = std::move(text);
}

// Whether a module at this place would be in what stands at the path: a link or a submodule.
bool leads_through(std::string_view path, std::string_view place) {
  if (path.ends_with(".py")) path.remove_suffix(3);
  return place == path ||
         (place.size() > path.size() && place.starts_with(path) && place[path.size()] == '/');
}

void look_at_file(ByLeaf& missing, std::string_view path, std::uint32_t mode) {
  if (!core::mode::is_regular(mode)) {
    for (auto& [leaf, one] : missing) {
      if (std::ranges::any_of(one.places, [&](const auto& at) { return leads_through(path, at); }))
        doubt(*one.broken, fmt::format("{} is a {}", core::quote_path(std::string(path)),
                                       mode == core::mode::symlink ? "link" : "submodule"));
    }
    return;
  }
  for (const std::string& module : made_of(path.substr(path.rfind('/') + 1))) {
    const auto [first, last] = missing.equal_range(module);
    for (auto at = first; at != last; ++at)
      doubt(*at->second.broken, core::quote_path(std::string(path)) + " may be built into it");
  }
}

// Those of the paths that the tree's .gitignore files, or the user's own, ignore.
std::set<std::string> ignored(const git::Repository& repository,
                              const std::map<std::string, core::ObjectId>& files,
                              const std::set<std::string>& paths) {
  const git::ScratchFolder folder(repository.layout());
  for (const auto& [path, blob] : files) {
    const fs::path target = folder.path() / path;
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << repository.blob(blob);
  }
  process::Command command;
  command.argv = {"git", "check-ignore", "--no-index", "-z", "--stdin"};
  command.directory = folder.path().string();
  command.unset = process::local_git_variables();
  command.set = {"GIT_DIR=" + repository.layout().git_dir.string(),
                 "GIT_WORK_TREE=" + folder.path().string(), "GIT_NO_LAZY_FETCH=1", "LC_ALL=C"};
  command.input.emplace();
  for (const std::string& path : paths) *command.input += path + '\0';
  const process::Result result = process::run(command);
  if (result.status > 1) {
    throw core::Error(core::ExitCode::broken,
                      "cannot read what is ignored: " + install::in_one_line(result));
  }
  std::set<std::string> found;
  for (std::string_view rest = result.output; !rest.empty();) {
    const std::string_view path = rest.substr(0, rest.find('\0'));
    found.emplace(path);
    rest.remove_prefix(std::min(rest.size(), path.size() + 1));
  }
  return found;
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
}

// Where the folder is ignored as a whole, and holds files all the same, that says nothing of one.
void look_at_ignored(const git::Repository& repository, const core::ObjectId& commit,
                     const std::map<std::string, core::ObjectId>& files, ByLeaf& missing) {
  const auto tree = repository.source_tree(commit);
  std::set<std::string> asked;
  for (const auto& [leaf, one] : missing) {
    for (const std::string& place : one.places) {
      asked.insert({place + ".py", place + "/__init__.py"});
      if (const std::string folder = folder_of(place); !folder.empty())
        asked.insert(folder + "/__init__.py");
    }
  }
  const std::set<std::string> found = ignored(repository, files, asked);
  for (auto& [leaf, one] : missing) {
    for (const std::string& place : one.places) {
      const std::string folder = folder_of(place);
      if (found.contains(folder + "/__init__.py") && tree->holds_python(folder)) continue;
      for (const std::string& path : {place + ".py", place + "/__init__.py"}) {
        if (found.contains(path))
          doubt(*one.broken, core::quote_path(path) + " is ignored: a build may make it");
      }
    }
  }
}

}  // namespace

void doubt_built_modules(const git::Repository& repository,
                         const std::vector<core::ObjectId>& commits,
                         const std::vector<std::string>& roots, std::vector<BrokenImport>& broken) {
  for (const core::ObjectId& commit : commits) {
    ByLeaf missing = missing_modules(roots, broken);
    if (missing.empty()) return;
    std::map<std::string, core::ObjectId> ignore_files;
    repository.each_file(commit, [&](std::string_view path, const git::TreeEntry& entry) {
      look_at_file(missing, path, entry.mode);
      if (path.substr(path.rfind('/') + 1) == ".gitignore" && core::mode::is_regular(entry.mode))
        ignore_files.emplace(path, entry.id);
    });
    look_at_ignored(repository, commit, ignore_files, missing);
  }
}

}  // namespace gs::conflicts
