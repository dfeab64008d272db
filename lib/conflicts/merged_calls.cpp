#include "lib/conflicts/merged_calls.h"

#include <fmt/format.h>

#include "lib/conflicts/merge_breakage.h"
#include "lib/conflicts/side_authors.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"

namespace gs::streams {

std::vector<core::Finding> calls_broken_by_merge(app::Session& session,
                                                 const core::ObjectId& before,
                                                 const core::ObjectId& merge,
                                                 const std::vector<std::string>& variables) {
  const git::Repository& repository = session.repository();
  const std::vector<core::ObjectId> parents = git::commit(repository, merge).parents;
  if (parents.size() != 2 || parents.front() != before) return {};
  const auto base = git::merge_base(repository, before, parents.back());
  if (!base) return {};
  std::vector<MergeSide> sides(2);
  for (std::size_t i = 0; i < 2; ++i) {
    MergeSide& side = sides[i];
    side.head = side.tip = parents[i];
    side.base = *base;
    side.changes = git::changes_between(repository, *base, side.tip);
  }
  app::BlobKnowledge knowledge(repository);
  MergeHalf ours(session, knowledge, sides[0], 0), theirs(session, knowledge, sides[1], 1);
  if (!meet(ours, theirs)) return {};
  TreeView merged(session, knowledge, merge);
  std::vector<Clash> clashes = code_clashes(session, ours, theirs, merged, {});
  std::erase_if(clashes, [](const Clash& clash) { return clash.kind != ClashKind::interface; });
  name_authors(session, sides, clashes, variables);
  std::vector<core::Finding> findings;
  for (const Clash& clash : clashes) {
    std::string text = clash.message;
    if (clash.second.line > 0)
      text += fmt::format(" ({}:{})", core::quote_path(clash.second.path), clash.second.line);
    if (!clash.second.who.empty()) text += "; last changed by " + clash.second.who;
    findings.push_back({core::Rule::imports,
                        clash.blocks ? core::Severity::block : core::Severity::warn,
                        clash.first.path,
                        clash.first.line,
                        std::move(text),
                        {}});
  }
  return findings;
}

}  // namespace gs::streams
