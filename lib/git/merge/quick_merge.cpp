#include "lib/git/merge/quick_merge.h"

#include <algorithm>
#include <set>
#include <string>

#include "lib/git/libgit2.h"
#include "lib/git/objects/object_database.h"

namespace gs::git {

namespace {

using core::Change;
using core::ChangeSet;
using core::ObjectId;
namespace mode = core::mode;

bool is_added(const Change& change) {
  return change.old_mode == mode::none;
}

bool is_removed(const Change& change) {
  return change.new_mode == mode::none;
}

bool alike(const Change& one, const Change& other) {
  return one.new_id == other.new_id && one.new_mode == other.new_mode && !is_added(one) &&
         !is_removed(one) && !is_added(other) && !is_removed(other);
}

std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
}

const Change* find(const ChangeSet& changes, std::string_view path) {
  const auto at = std::ranges::lower_bound(changes, path, {}, &Change::path);
  return at != changes.end() && at->path == path ? &*at : nullptr;
}

// Whether a change of the one is at a folder that leads to a change of the other.
bool in_the_way(const ChangeSet& one, const ChangeSet& other) {
  for (const Change& change : one) {
    for (std::string_view folder = folder_of(change.path); !folder.empty();
         folder = folder_of(folder)) {
      if (find(other, folder) != nullptr) return true;
    }
  }
  return false;
}

// Whether one side has taken files from folders into which the other puts new ones: with what it
// has added elsewhere that may be a folder under a new name, which the new files would follow.
bool may_move(const ChangeSet& one, const ChangeSet& other) {
  if (std::ranges::none_of(one, is_added)) return false;
  std::set<std::string_view> left;
  for (const Change& change : one) {
    if (!is_removed(change)) continue;
    // The top itself is left only by what stood directly in it.
    std::string_view folder = folder_of(change.path);
    bool fresh = left.insert(folder).second;
    while (fresh && folder.find('/') != folder.npos) {
      folder = folder_of(folder);
      fresh = left.insert(folder).second;
    }
  }
  if (left.empty()) return false;
  return std::ranges::any_of(other, [&](const Change& change) {
    if (!is_added(change)) return false;
    std::string_view folder = folder_of(change.path);
    while (!folder.empty() && !left.contains(folder)) folder = folder_of(folder);
    return left.contains(folder);
  });
}

}  // namespace

std::optional<ObjectId> only_merge_base(const Repository& repository, const ObjectId& a,
                                        const ObjectId& b) {
  if (a == b) return a;
  repository.objects().require_commit(a);
  repository.objects().require_commit(b);
  const RepositoryHandle handle = repository.objects().wrapped();
  const git_oid first = to_oid(a), second = to_oid(b);
  git_oidarray bases{};
  const int status = git_merge_bases(&bases, handle.get(), &first, &second);
  std::optional<ObjectId> only;
  if (status == 0 && bases.count == 1) only = from_oid(bases.ids[0]);
  if (status == 0) git_oidarray_dispose(&bases);
  if (status < 0 && status != GIT_ENOTFOUND)
    check(status, "cannot find where " + a.hex() + " and " + b.hex() + " parted");
  return only;
}

std::optional<ChangeSet> quick_merge(const ChangeSet& ours, const ChangeSet& theirs) {
  ChangeSet lay;
  for (const Change& change : theirs) {
    const Change* other = find(ours, change.path);
    if (other == nullptr) {
      lay.push_back(change);
    } else if (!alike(change, *other)) {
      return std::nullopt;
    }
  }
  if (in_the_way(ours, theirs) || in_the_way(theirs, ours)) return std::nullopt;
  if (may_move(ours, theirs) || may_move(theirs, ours)) return std::nullopt;
  return lay;
}

}  // namespace gs::git
