#include "lib/git/index/listing.h"

#include <algorithm>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/git/index/fallback.h"
#include "lib/git/objects/object_id.h"

namespace gs::git {

namespace {

void list_below(TreeSource& trees, const core::ObjectId& tree, std::string& prefix, int depth,
                const Repository::EachFile& each) {
  if (depth > kDeepestFolder)
    throw core::Error(core::ExitCode::broken, "tree " + tree.hex() + " is nested too deep");
  const std::string bytes = trees.tree(tree);
  const std::size_t length = prefix.size();
  for (TreeReader reader(bytes); !reader.done(); reader.next()) {
    const TreeItem& item = reader.item();
    prefix.append(item.name);
    if (item.is_tree()) {
      prefix.push_back('/');
      list_below(trees, item.id, prefix, depth + 1, each);
    } else {
      each(prefix, TreeEntry{item.id, item.mode});
    }
    prefix.resize(length);
  }
}

}  // namespace

void list_index(std::string_view index, const Repository::EachFile& each) {
  const IndexFile file(index);
  for (IndexCursor cursor(file); !cursor.done(); cursor.next()) {
    if (cursor.stage() != 0 || cursor.intent_to_add()) continue;
    each(cursor.path(), TreeEntry{cursor.id(), cursor.mode()});
  }
}

void list_index_by_git(const Layout& layout, const std::filesystem::path& index_file,
                       const Repository::EachFile& each) {
  // Unlike ls-files, the diff against nothing tells what is only intended to be added.
  const StagedDiff diff = staged_by_git(layout, index_file, true);
  for (const core::Change& change : diff.changes) {
    if (change.new_id.is_zero() ||
        std::binary_search(diff.unmerged.begin(), diff.unmerged.end(), change.path))
      continue;
    each(change.path, TreeEntry{change.new_id, change.new_mode});
  }
}

void list_tree(TreeSource& trees, const core::ObjectId& tree, const Repository::EachFile& each) {
  std::string prefix;
  list_below(trees, tree, prefix, 0, each);
}

}  // namespace gs::git
