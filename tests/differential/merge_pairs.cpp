// Merges pairs of commits in memory. Arguments: a repository; stdin: "OURS THEIRS" a line. For each
// a line: "clean" or "conflict", the tree, "git" or "own", the paths that conflict, and what the
// merge breaks: "KIND PATH:LINE MODULE" by ';'; parts by tabs.

#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>

#include "lib/conflicts/merge_breakage.h"
#include "lib/git/refs/history.h"

namespace {

using namespace gs;

streams::MergeSide side_of(const git::Repository& repository, const std::string& commit,
                           const core::ObjectId& base) {
  streams::MergeSide side;
  side.head = side.tip = *core::ObjectId::from_hex(commit);
  side.base = base;
  side.changes = git::changes_between(repository, base, side.tip);
  return side;
}

std::string conflicts(const streams::PairMerge& merge) {
  std::string text;
  for (const git::UnmergedEntry& entry : merge.unmerged)
    text += entry.path + ":" + std::to_string(entry.stage) + " ";
  return text;
}

void answer(app::Session& session, git::ScratchObjects& scratch, const std::string& one,
            const std::string& other) {
  const git::Repository& repository = session.repository();
  const auto base =
      git::merge_base(repository, *core::ObjectId::from_hex(one), *core::ObjectId::from_hex(other));
  if (!base) {
    std::cout << "unrelated\n";
    return;
  }
  const streams::MergeSide ours = side_of(repository, one, *base),
                           theirs = side_of(repository, other, *base);
  streams::PairMerger merger(repository, scratch, *base);
  const streams::PairMerge merge = merger.merge(ours, theirs);
  const core::ObjectId commit = merger.commit(ours, theirs, merge);
  std::cout << (merge.clean ? "clean" : "conflict") << '\t' << scratch.tree_of(commit).hex() << '\t'
            << (merge.by_git ? "git" : "own") << '\t' << conflicts(merge) << '\t';
  if (merge.clean) {
    app::BlobKnowledge knowledge(repository);
    streams::MergeHalf first(session, knowledge, ours, 0), second(session, knowledge, theirs, 1);
    streams::TreeView view(session, knowledge, commit);
    for (const streams::Clash& clash : streams::code_clashes(session, first, second, view, {})) {
      std::cout << streams::clash_name(clash.kind) << ' ' << clash.first.path << ':'
                << clash.first.line << ' ' << (clash.blocks ? "sure" : "unsure") << ' '
                << clash.message << ';';
    }
  }
  std::cout << std::endl;
}

}  // namespace

int main(int, char** argv) {
  const git::GitLibrary library;
  app::Session session(git::Repository::discover(library, argv[1]));
  git::ScratchObjects scratch(session.repository());
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string one, other;
    words >> one >> other;
    answer(session, scratch, one, other);
  }
  return 0;
}
