// Merges pairs of commits in memory. Arguments: a repository; stdin: "OURS THEIRS" a line. For each
// a line: "clean" or "conflict", the tree, "git" or "own", the paths that conflict, and what the
// merge breaks: "KIND PATH:LINE MODULE" by ';'; parts by tabs.

#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>

#include "lib/conflicts/breakage/merge_breakage.h"
#include "lib/git/refs/history.h"

namespace {

using namespace gs;

conflicts::MergeSide side_of(const git::Repository& repository, const std::string& commit,
                             const core::ObjectId& base) {
  conflicts::MergeSide side;
  side.head = side.tip = *core::ObjectId::from_hex(commit);
  side.base = base;
  side.changes = git::changes_between(repository, base, side.tip);
  return side;
}

std::string conflict_kinds(const conflicts::PairMerge& merge) {
  std::string text;
  for (const git::UnmergedEntry& entry : merge.unmerged)
    text += entry.path + ":" + std::to_string(entry.stage) + " ";
  return text;
}

void answer(session::Session& session, git::ScratchObjects& scratch, const std::string& one,
            const std::string& other) {
  const git::Repository& repository = session.repository();
  const auto base =
      git::merge_base(repository, *core::ObjectId::from_hex(one), *core::ObjectId::from_hex(other));
  if (!base) {
    std::cout << "unrelated\n";
    return;
  }
  const conflicts::MergeSide ours = side_of(repository, one, *base),
                             theirs = side_of(repository, other, *base);
  conflicts::PairMerger merger(repository, scratch, *base);
  const conflicts::PairMerge merge = merger.merge(ours, theirs);
  const core::ObjectId commit = merger.commit(ours, theirs, merge);
  std::cout << (merge.clean ? "clean" : "conflict") << '\t' << scratch.tree_of(commit).hex() << '\t'
            << (merge.by_git ? "git" : "own") << '\t' << conflict_kinds(merge) << '\t';
  if (merge.clean) {
    facts::BlobKnowledge knowledge(repository);
    conflicts::SideIndex first(session, knowledge, ours, 0), second(session, knowledge, theirs, 1);
    conflicts::TreeView view(session, knowledge, commit);
    for (const conflicts::Conflict& conflict :
         conflicts::code_conflicts({session, first, second, view, {}})) {
      std::cout << conflicts::kind_name(conflict.kind) << ' ' << conflict.first.path << ':'
                << conflict.first.line << ' ' << (conflict.blocks ? "sure" : "unsure") << ' '
                << conflict.message << ';';
    }
  }
  std::cout << std::endl;
}

}  // namespace

int main(int, char** argv) {
  session::Session session(git::Repository::discover(argv[1]));
  git::ScratchObjects scratch(session.repository());
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string one, other;
    words >> one >> other;
    answer(session, scratch, one, other);
  }
  return 0;
}
