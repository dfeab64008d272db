#include "lib/conflicts/breakage/project_checks/project_conflicts.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>

#include "lib/conflicts/breakage/project_checks/project_check.h"
#include "lib/git/repository.h"

namespace gs::conflicts {

namespace {

constexpr auto kChecks = std::to_array<ProjectCheck>({
    {ConflictKind::migration, django_group, django_faults},
    {ConflictKind::migration, alembic_group, alembic_faults},
    {ConflictKind::requirement, requirements_group, requirements_faults},
    {ConflictKind::requirement, pyproject_group, pyproject_faults},
    {ConflictKind::fixture, fixture_group, fixture_faults},
});

using Groups = std::set<std::string_view>;

Groups groups_of(const ProjectCheck& check, const core::ChangeSet& changes) {
  Groups groups;
  for (const core::Change& change : changes) {
    const std::string_view group = check.group(change.path);
    if (!group.empty()) groups.insert(group);
  }
  return groups;
}

Groups shared_groups(const ProjectCheck& check, const MergeSide& ours, const MergeSide& theirs) {
  const Groups one = groups_of(check, ours.changes);
  if (one.empty()) return one;
  const Groups other = groups_of(check, theirs.changes);
  Groups shared;
  std::ranges::set_intersection(one, other, std::inserter(shared, shared.end()));
  return shared;
}

// The paths that any of the trees may have in a group.
std::set<std::string> paths_of(const MergedCode& code, const ProjectCheck& check,
                               std::string_view group) {
  std::set<std::string> paths;
  if (!group.ends_with('/')) paths.emplace(group);
  for (const SideIndex* index : {&code.ours, &code.theirs}) {
    const MergeSide& side = index->side();
    for (const core::Change& change : side.changes) {
      if (check.group(change.path) == group) paths.insert(change.path);
    }
    if (!group.ends_with('/')) continue;
    for (const std::string& name :
         code.session.repository().names(side.tip, group.substr(0, group.size() - 1))) {
      const std::string path = std::string(group) + name;
      if (check.group(path) == group) paths.insert(path);
    }
  }
  return paths;
}

std::vector<ProjectFile> files_in(const MergedCode& code, TreeView& view,
                                  const std::set<std::string>& paths) {
  std::vector<ProjectFile> files;
  for (const std::string& path : paths) {
    if (const auto blob = view.tree->file(path))
      files.push_back({path, code.session.repository().blob(*blob)});
  }
  return files;
}

bool known_in(const std::vector<ProjectFault>& faults, const ProjectFault& fault) {
  return std::ranges::find(faults, fault.key, &ProjectFault::key) != faults.end();
}

// The fault's first place that a side has changed; else its first.
ConflictPlace place_of(const SideIndex& side, const ProjectFault& fault) {
  const auto found = std::ranges::find_if(
      fault.places, [&](const ProjectPlace& place) { return side.changed(place.path); });
  const ProjectPlace& place = found == fault.places.end() ? fault.places.front() : *found;
  return {side.number(), place.path, {}, place.line};
}

Conflict as_conflict(const MergedCode& code, const ProjectCheck& check, const ProjectFault& fault) {
  Conflict conflict;
  conflict.kind = check.kind;
  conflict.blocks = fault.blocks;
  conflict.first = place_of(code.ours, fault);
  conflict.second = place_of(code.theirs, fault);
  if (conflict.first.path == conflict.second.path) conflict.second.line = 0;
  conflict.message = fault.message;
  conflict.next = fault.next;
  return conflict;
}

void check_group(const MergedCode& code, const ProjectCheck& check, std::string_view group,
                 std::vector<Conflict>& found) {
  const std::set<std::string> paths = paths_of(code, check, group);
  const bool undecided = std::ranges::any_of(
      code.undecided, [&](const std::string& path) { return paths.contains(path); });
  if (undecided) return;
  std::vector<ProjectFault> faults = check.faults(files_in(code, code.merged, paths));
  for (SideIndex* side : {&code.ours, &code.theirs}) {
    if (faults.empty()) return;
    const auto known = check.faults(files_in(code, side->view(), paths));
    std::erase_if(faults, [&](const ProjectFault& fault) { return known_in(known, fault); });
  }
  for (const ProjectFault& fault : faults) found.push_back(as_conflict(code, check, fault));
}

}  // namespace

bool share_project_files(const MergeSide& ours, const MergeSide& theirs) {
  return std::ranges::any_of(kChecks, [&](const ProjectCheck& check) {
    return !shared_groups(check, ours, theirs).empty();
  });
}

std::vector<Conflict> project_conflicts(const MergedCode& code) {
  std::vector<Conflict> found;
  for (const ProjectCheck& check : kChecks) {
    for (const std::string_view group : shared_groups(check, code.ours.side(), code.theirs.side()))
      check_group(code, check, group, found);
  }
  return found;
}

}  // namespace gs::conflicts
