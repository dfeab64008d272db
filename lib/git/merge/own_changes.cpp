#include "lib/git/merge/own_changes.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/git/merge/merge.h"
#include "lib/git/objects/object_database.h"
#include "lib/git/objects/scratch.h"
#include "lib/git/refs/history.h"
#include "lib/git/run_git.h"

namespace gs::git {

namespace {

namespace fs = std::filesystem;
namespace mode = core::mode;
using core::Change;
using core::ChangeSet;
using core::ObjectId;

// What stands at a path; zeros: nothing, or a folder.
struct Version {
  ObjectId id;
  std::uint32_t mode = mode::none;

  bool operator==(const Version&) const = default;
};

Version new_version(const Change& change) {
  return {change.new_id, change.new_mode};
}

Version version_at(TreePaths& tree, std::string_view path) {
  const TreeItem* const item = tree.item(path);
  return item == nullptr || item->is_tree() ? Version{} : Version{item->id, item->mode};
}

// The same entry of four trees: where it stood at the parting, on both sides, and in the result.
struct Entries {
  Version base, ours, theirs, result;

  bool unchanged_by_us() const { return base == ours && result == theirs; }
  bool unchanged_by_them() const { return base == theirs && result == ours; }
};

// Whether everything is as the one side has it that has changed it. Folders that one side alone has
// changed are not read.
bool is_one_sided(TreeSource& trees, const Entries& top) {
  if (top.unchanged_by_us() || top.unchanged_by_them()) return true;
  std::map<std::string, Entries, std::less<>> below;
  for (Version Entries::*side :
       {&Entries::base, &Entries::ours, &Entries::theirs, &Entries::result}) {
    const Version& entry = top.*side;
    if (entry.mode == mode::none) continue;
    if (entry.mode != mode::tree) return false;
    const std::string bytes = trees.tree(entry.id);
    for (TreeReader reader(bytes, entry.id.format); !reader.done(); reader.next())
      below[std::string(reader.item().name)].*side = {reader.item().id, reader.item().mode};
  }
  return std::ranges::all_of(below,
                             [&](const auto& entry) { return is_one_sided(trees, entry.second); });
}

// One parent merged into what the ones before it have given.
struct Step {
  ObjectId ours, theirs;                 // commits
  std::optional<ObjectId> base;          // none: no common history; of several the first
  ChangeSet our_changes, their_changes;  // from the base
  ChangeSet merged;                      // what the merge lays over ours
  std::set<std::string> undecided;       // with all paths that a conflict names
  std::vector<UnmergedEntry> unmerged;
  bool clean = false;  // by git, with nothing undecided
};

// The paths that are not decided. A file that had to give way to a folder has got a name of its
// own, "PATH~COMMIT".
void note_undecided(const TreeMerge& merge, Step& step) {
  const auto note = [&](const std::string& path) {
    step.undecided.insert(path);
    for (const ObjectId& side : {step.ours, step.theirs}) {
      const std::size_t end = path.rfind("~" + side.hex());
      if (end != path.npos) step.undecided.insert(path.substr(0, end));
    }
  };
  for (const UnmergedEntry& entry : merge.unmerged) note(entry.path);
  for (const MergeMessage& message : merge.messages) {
    if (!message.type.starts_with("CONFLICT")) continue;
    for (const std::string& path : message.paths) note(path);
  }
  step.unmerged = merge.unmerged;
}

class OwnChanges {
 public:
  OwnChanges(const Repository& repository, const std::vector<ObjectId>& parents,
             const MergeResult& result)
      : repository_(repository),
        objects_(repository.objects()),
        parents_(parents),
        result_(result.changes),
        tree_(result.tree),
        first_(repository.trees(), objects_.tree_of(parents.front())) {}

  ChangeSet find() {
    if (parents_.size() == 2 && takes_all_of_theirs()) return {};
    ObjectId tip = parents_.front();
    for (std::size_t i = 1; i < parents_.size(); ++i) {
      Step& step = steps_.emplace_back(begin(tip, parents_[i]));  // attributes are for all so far
      const std::optional<ObjectId> tree = merge(step);
      if (step.clean && tree == tree_ && i + 1 == parents_.size()) return {};  // as git makes it
      if (i + 1 < parents_.size()) {
        tip = scratch().commit(tree ? *tree : laid(step), {step.ours, step.theirs});
      } else {
        expected_ = parents_.size() == 2 ? step.merged : since_first(tree, step);
      }
    }
    ChangeSet own = differing();
    drop_driven(own);
    return own;
  }

 private:
  ScratchObjects& scratch() {
    if (!scratch_) scratch_.emplace(repository_);
    return *scratch_;
  }
  ChangeSet laid_over(const ObjectId& commit, const ObjectId& tree) const {
    return diff_noted(objects_, objects_.tree_of(commit), tree).changes;
  }
  ObjectId laid(const Step& step) {
    return scratch().tree(objects_.tree_of(step.ours), step.merged);
  }
  ChangeSet since_first(const std::optional<ObjectId>& tree, const Step& step) {
    return laid_over(parents_.front(), tree ? *tree : laid(step));
  }

  std::vector<ObjectId> bases_of(const ObjectId& ours, const ObjectId& theirs) const {
    std::vector<ObjectId> bases = merge_bases(repository_, ours, theirs);
    if (!bases.empty() || !is_shallow(repository_.layout())) return bases;
    throw core::Error(core::ExitCode::broken,
                      "this clone is shallow: what " + core::short_id(ours) + " and " +
                          core::short_id(theirs) + " have in common is not here",
                      "git fetch --unshallow (in CI: a clone with all of its history)");
  }

  // The ordinary merge: all that they have changed since the parting, each where nobody else has.
  bool takes_all_of_theirs() {
    bases_ = bases_of(parents_[0], parents_[1]);
    if (bases_->size() != 1 || !result_.unmerged.empty()) return false;
    if (const auto told = told_by_trees()) return *told;
    their_changes_ = changes_between(repository_, bases_->front(), parents_[1]);
    return *their_changes_ == result_.changes;
  }
  std::optional<bool> told_by_trees() const {
    if (!tree_) return std::nullopt;
    const auto top = [&](const ObjectId& commit) {
      return Version{objects_.tree_of(commit), mode::tree};
    };
    try {
      return is_one_sided(
          objects_,
          {top(bases_->front()), top(parents_[0]), top(parents_[1]), {*tree_, mode::tree}});
    } catch (const MissingObject&) {
      return std::nullopt;  // of an index whose trees are not written yet
    }
  }

  Step begin(const ObjectId& ours, const ObjectId& theirs) {
    Step step;
    step.ours = ours;
    step.theirs = theirs;
    const std::vector<ObjectId> bases = bases_ ? *bases_ : bases_of(ours, theirs);
    if (bases.empty()) return step;
    step.base = bases.front();
    step.our_changes = changes_between(repository_, *step.base, ours);
    step.their_changes = their_changes_ ? std::move(*their_changes_)
                                        : changes_between(repository_, *step.base, theirs);
    trivial_ = bases.size() == 1;
    return step;
  }

  // The merged tree where git was asked.
  std::optional<ObjectId> merge(Step& step) {
    if (step.base && trivial_) {
      if (auto merged = trivial_merge(step.our_changes, step.their_changes)) {
        step.merged = std::move(*merged);
        return std::nullopt;
      }
    }
    drivers_named_ = write_attributes(first_);
    const TreeMerge made = merge_contents(repository_, scratch(), step.ours, step.theirs);
    note_undecided(made, step);
    step.clean = made.clean;
    if (!made.clean || made.tree != tree_) step.merged = laid_over(step.ours, made.tree);
    return made.tree;
  }

  // The folders that may have attributes for what has changed.
  std::set<std::string> changed_folders() const {
    std::set<std::string> folders{""};
    for (const Step& step : steps_) {
      for (const ChangeSet* side : {&step.our_changes, &step.their_changes}) {
        for (const Change& change : *side) {
          std::string path = change.path;
          while (path.find('/') != path.npos) {
            path.resize(path.rfind('/'));
            if (!folders.insert(path).second) break;
          }
        }
      }
    }
    return folders;
  }

  // Those of one tree; whether they may name a driver.
  bool write_attributes(TreePaths& tree) {
    const fs::path folder = attributes_folder(scratch());
    bool named = false;
    for (const std::string& at : changed_folders()) {
      const std::string name = (at.empty() ? "" : at + "/") + ".gitattributes";
      const Version version = version_at(tree, name);
      if (!mode::is_regular(version.mode) || fs::path(at).lexically_normal() != at) continue;
      fs::create_directories(folder / at);
      const std::string text = repository_.blob(version.id);
      std::ofstream(folder / name, std::ios::binary) << text;
      named = named || text.find("merge") != text.npos;
    }
    return named;
  }

  Version result_at(const std::string& path) {
    const Change* const change = core::change_at(result_.changes, path);
    return change != nullptr ? new_version(*change) : version_at(first_, path);
  }

  struct Sides {
    Version base, ours, theirs;
  };
  Sides sides_of(const Step& step, const std::string& path) {
    const auto at = [&](const std::optional<ObjectId>& commit) {
      if (!commit) return Version{};
      TreePaths tree(repository_.trees(), objects_.tree_of(*commit));
      return version_at(tree, path);
    };
    Sides sides{at(step.base), at(step.ours), at(step.theirs)};
    for (const UnmergedEntry& entry : step.unmerged) {  // the base of several is made up
      if (entry.path == path && entry.stage == 1) sides.base = {entry.id, entry.mode};
    }
    return sides;
  }

  // Whether it is as git has it in the index: a whole version, perhaps under another name.
  static bool is_placed(const Step& step, const std::string& path, const Version& result) {
    return std::ranges::any_of(step.unmerged, [&](const UnmergedEntry& entry) {
      return entry.path == path && entry.stage != 1 && Version{entry.id, entry.mode} == result;
    });
  }

  // A path that git could not decide, or a driver has.
  bool drops_a_side(const Step& step, const std::string& path, const Version& result) {
    const auto [base, ours, theirs] = sides_of(step, path);
    if (ours == theirs) return false;
    // Which commit of a submodule descends from which is not known here.
    if (ours.mode == mode::gitlink && theirs.mode == mode::gitlink) return false;
    if (result == ours) return theirs != base && !is_placed_elsewhere(step, path, theirs);
    return result == theirs && ours != base;
  }
  // A new file that follows a folder under its new name.
  bool is_placed_elsewhere(const Step& step, const std::string& path, const Version& version) {
    return std::ranges::any_of(step.unmerged, [&](const UnmergedEntry& entry) {
      return entry.path != path && is_placed(step, entry.path, version) &&
             result_at(entry.path) == version;
    });
  }
  bool is_a_side(const Step& step, const std::string& path, const Version& result) {
    const auto [base, ours, theirs] = sides_of(step, path);
    return result == ours || result == theirs;
  }

  bool is_own(const std::string& path, const Version& result) {
    if (std::ranges::binary_search(result_.unmerged, path)) return true;
    for (const Step& step : steps_) {
      if (!step.undecided.contains(path)) continue;
      if (is_a_side(step, path, result)) return drops_a_side(step, path, result);
      return !is_placed(step, path, result);
    }
    const Change* const expected = core::change_at(expected_, path);
    return result != (expected != nullptr ? new_version(*expected) : version_at(first_, path));
  }

  ChangeSet differing() {
    std::set<std::string> paths;
    for (const Change& change : expected_) paths.insert(change.path);
    for (const Change& change : result_.changes) paths.insert(change.path);
    for (const Step& step : steps_) paths.insert(step.undecided.begin(), step.undecided.end());
    ChangeSet own;
    for (const std::string& path : paths) {
      const Version result = result_at(path);
      if (is_own(path, result)) own.push_back(own_change(path, result));
    }
    return own;
  }

  Change own_change(const std::string& path, const Version& result) {
    if (const Change* const change = core::change_at(result_.changes, path)) return *change;
    Version dropped = result;
    for (const Step& step : steps_) {
      const Sides sides = sides_of(step, path);
      if (dropped == result && sides.theirs != sides.base) dropped = sides.theirs;
    }
    if (dropped == result) dropped = {};  // what was to come here had another name
    return {path, dropped.id, result.id, dropped.mode, result.mode};
  }

  // What external drivers merge is nobody's, as long as they do merge, and all sides name one:
  // nobody's own attributes let others' files pass.
  void drop_driven(ChangeSet& own) {
    if (!drivers_named_) return;
    std::vector<std::string> driven;
    for (const Change& change : own) {
      if (is_driven(change)) driven.push_back(change.path);
    }
    for (std::size_t i = 0; i < parents_.size() && !driven.empty(); ++i) {
      fs::remove_all(attributes_folder(scratch()));
      TreePaths tree(repository_.trees(), objects_.tree_of(parents_[i]));
      write_attributes(tree);
      driven = external_drivers(scratch(), driven);
    }
    std::erase_if(own, [&](const Change& change) {
      return std::ranges::find(driven, change.path) != driven.end();
    });
  }
  bool is_driven(const Change& change) {
    return std::ranges::any_of(steps_, [&](const Step& step) {
      return core::change_at(step.our_changes, change.path) != nullptr &&
             core::change_at(step.their_changes, change.path) != nullptr &&
             !drops_a_side(step, change.path, new_version(change));
    });
  }

  const Repository& repository_;
  Objects& objects_;
  const std::vector<ObjectId>& parents_;
  const StagedDiff& result_;
  const std::optional<ObjectId>& tree_;  // of the result
  TreePaths first_;
  std::optional<std::vector<ObjectId>> bases_;  // these two of two parents
  std::optional<ChangeSet> their_changes_;
  bool trivial_ = false, drivers_named_ = false;
  std::vector<Step> steps_;
  ChangeSet expected_;  // of the first parent
  std::optional<ScratchObjects> scratch_;
};

}  // namespace

ChangeSet own_changes(const Repository& repository, const std::vector<ObjectId>& parents,
                      const MergeResult& result) {
  if (parents.size() < 2) return result.changes.changes;
  return OwnChanges(repository, parents, result).find();
}

}  // namespace gs::git
