#include "lib/gates/idle_policy.h"

#include <set>
#include <string>
#include <utility>

#include "analyzers/idle_entries.h"
#include "lib/python/modules.h"

namespace gs::gates {

namespace {

bool is_python(std::string_view path) {
  return path.ends_with(".py") || path.ends_with(".pyi");
}

core::Change added(std::string_view path, const git::TreeEntry& entry) {
  return {std::string(path), {}, entry.id, core::mode::none, entry.mode};
}

}  // namespace

std::vector<core::Finding> idle_policy(session::Session& session,
                                       std::optional<core::ObjectId> commit) {
  if (!session.pinned()) return {};
  const git::Repository& repository = session.repository();
  const core::Policy& policy = session.policy();
  analyzers::TreeNames names;
  core::ChangeSet all;
  const auto add = [&](std::string_view path, const git::TreeEntry& entry) {
    names.paths.emplace_back(path);
    all.push_back(added(path, entry));
  };
  const bool bare = !repository.layout().worktree && !repository.layout().main_worktree;
  if (!commit && bare) commit = repository.head();
  if (commit) {
    repository.each_file(*commit, add);
  } else if (!bare) {
    repository.each_staged(add);
  }
  const auto tree = repository.source_tree(std::nullopt, all);
  const auto roots = python::python_roots(policy.python_roots, *tree);
  std::set<std::string> modules;
  python::FileModule file;
  for (const std::string& path : names.paths) {
    if (!is_python(path)) continue;
    python::name_file(path, roots, file);
    for (std::size_t dot = 0; dot != file.module.npos;) {
      dot = file.module.find('.', dot + 1);
      modules.insert(file.module.substr(0, dot));
    }
  }
  names.modules.assign(modules.begin(), modules.end());
  return analyzers::idle_entries(policy, names, repository.ignore_case());
}

}  // namespace gs::gates
