#include "lib/conflicts/breakage/merged_files.h"

#include <algorithm>
#include <set>

namespace gs::conflicts {

namespace {

std::set<core::ObjectId> own_contents(const MergedCode& code) {
  std::set<core::ObjectId> blobs;
  for (SideIndex* side : {&code.ours, &code.theirs}) {
    for (const core::Change& change : side->side().changes) blobs.insert(change.new_id);
  }
  return blobs;
}

}  // namespace

std::vector<std::string> files_merged_by_content(const MergedCode& code) {
  std::vector<std::string> files;
  std::ranges::set_union(code.ours.sources(), code.theirs.sources(), std::back_inserter(files));
  const std::set<core::ObjectId> own = own_contents(code);
  std::erase_if(files, [&](const std::string& path) {
    const auto blob = code.merged.tree->file(path);
    if (!blob || path.ends_with(".pyi") || own.contains(*blob)) return true;
    if (std::ranges::find(code.undecided, path) != code.undecided.end()) return true;
    return code.ours.view().tree->file(path) == blob || code.theirs.view().tree->file(path) == blob;
  });
  return files;
}

std::string path_on(const MergedCode& code, SideIndex& side, const std::string& path) {
  const git::Renames& by_other =
      &side == &code.ours ? code.renamed_by_theirs : code.renamed_by_ours;
  const auto known =
      std::ranges::find(by_other, path, [](const auto& rename) { return rename.second; });
  if (known != by_other.end()) return known->first;
  const bool asked = &by_other != &MergedCode::kNone;
  if (asked || side.view().tree->file(path)) return path;
  SideIndex& other = &side == &code.ours ? code.theirs : code.ours;
  std::vector<std::string> renamed;
  for (const core::Change& change : other.side().changes) {
    if (change.new_mode == core::mode::none && side.changed(change.path) &&
        core::is_python_source(change.path) && side.view().tree->file(change.path))
      renamed.push_back(change.path);
  }
  const auto name_of = [](const std::string& one) { return one.substr(one.rfind('/') + 1); };
  const auto same = std::ranges::find(renamed, name_of(path), name_of);
  if (same != renamed.end()) return *same;
  return renamed.size() == 1 ? renamed.front() : path;
}

}  // namespace gs::conflicts
