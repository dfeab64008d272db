#include "lib/conflicts/breakage/unbound_names.h"

#include <algorithm>
#include <fmt/core.h>
#include <optional>
#include <set>

#include "analyzers/symbols.h"
#include "lib/conflicts/breakage/merged_files.h"
#include "lib/core/text.h"
#include "lib/python/names/unbound_names.h"

namespace gs::conflicts {

namespace {

using core::UnboundName;
using Answer = analyzers::OfferedNames::Answer;
using Is = core::Interface::Answer;

// ---- What may bind a name of a file besides its own statements.

Answer through_stars(TreeView& view, const std::string& path, const std::string& name) {
  Answer answer;
  for (const core::ImportEdge& edge : view.edges(path)) {
    if (edge.kind != core::ImportKind::star) continue;
    Answer one = edge.internal ? view.offered.offers(edge.target, name)
                               : Answer{Is::unclear, "from " + edge.target + " import * has it"};
    // A star takes private names only where `__all__` lists them.
    if (one.answer == Is::yes && !analyzers::is_private(name)) return one;
    if (one.answer != Is::no) answer = {Is::unclear, std::move(one.doubt)};
  }
  return answer;
}

bool makes_names(TreeView& view, const std::string& path) {
  const auto blob = view.tree->file(path);
  return blob && view.knowledge.interface(*blob).dynamic;
}

Answer bound_otherwise(TreeView& view, const std::string& path, const std::string& name) {
  Answer answer = through_stars(view, path, name);
  if (answer.answer == Is::no && makes_names(view, path))
    answer = {Is::unclear, "it is made as the file runs"};
  return answer;
}

// A file that makes names as it runs on both sides made this one on neither, or it had not been
// bound besides.
Answer bound_in_merge(const MergedCode& code, const std::string& path, const std::string& name) {
  const bool as_before = makes_names(code.ours.view(), path_on(code, code.ours, path)) &&
                         makes_names(code.theirs.view(), path_on(code, code.theirs, path));
  return as_before ? through_stars(code.merged, path, name)
                   : bound_otherwise(code.merged, path, name);
}

// Whether a side's file has a use of the name that finds nothing, and how sure that is.
Answer bound_on(TreeView& view, const std::string& path, const std::string& name) {
  const auto blob = view.tree->file(path);
  if (!blob) return {Is::yes, {}};
  const auto& unbound = view.knowledge.names(*blob).unbound;
  if (std::ranges::find(unbound, name, &UnboundName::name) == unbound.end()) return {Is::yes, {}};
  return bound_otherwise(view, path, name);
}

// ---- The one who uses it, and the one who took away what bound it.

struct Parted {
  std::size_t user = 0, other = 0;           // numbers of sides
  std::optional<python::BoundName> binding;  // the user's
};

std::optional<python::BoundName> binding_on(const MergedCode& code, SideIndex& side,
                                            const std::string& path, const UnboundName& use) {
  const auto blob = side.view().tree->file(path_on(code, side, path));
  if (!blob) return std::nullopt;
  return python::binding_of(code.session.repository().blob(*blob), use.name, use.scope);
}

// Nothing where neither side has ever had the name: whoever resolved the merge wrote it.
std::optional<Parted> parted_over(const MergedCode& code, const std::string& path,
                                  const UnboundName& use) {
  auto ours = binding_on(code, code.ours, path, use);
  auto theirs = binding_on(code, code.theirs, path, use);
  const auto otherwise = [&](SideIndex& side) {
    return bound_otherwise(side.view(), path_on(code, side, path), use.name).answer != Is::no;
  };
  if (!ours && !theirs && !otherwise(code.ours) && !otherwise(code.theirs)) return std::nullopt;
  if (ours && !theirs) return Parted{code.ours.number(), code.theirs.number(), std::move(ours)};
  if (ours) ours.reset(), theirs.reset();  // each has taken away another one
  return Parted{code.theirs.number(), code.ours.number(), std::move(theirs)};
}

std::string no_longer(const std::optional<python::BoundName>& binding) {
  using python::BindingKind;
  if (!binding) return "bound nowhere";
  switch (binding->kind) {
    case BindingKind::parameter:
      return fmt::format("no longer a parameter of {}",
                         binding->scope.empty() ? "a lambda" : core::printable(binding->scope));
    case BindingKind::import:
      return "no longer imported";
    case BindingKind::definition:
      return "no longer defined";
    default:
      return "no longer assigned";
  }
}

std::string fault_of(const UnboundName& use, const std::optional<python::BoundName>& binding,
                     const std::string& doubt) {
  if (use.doubt == UnboundName::Doubt::deleted) return "may be deleted by then";
  std::string fault = "is " + no_longer(binding);
  if (use.doubt == UnboundName::Doubt::not_run)
    return fault + " (not run: an annotation, or for type checking)";
  return doubt.empty() ? fault : fault + fmt::format(" (unless {})", core::printable(doubt));
}

// Nothing where a side has it already, or more than a doubt is not known of either.
std::optional<Conflict> judge(const MergedCode& code, const std::string& path,
                              const UnboundName& use) {
  const Answer merged = bound_in_merge(code, path, use.name);
  if (merged.answer == Is::yes) return std::nullopt;
  bool doubtful = merged.answer == Is::unclear;
  for (SideIndex* side : {&code.ours, &code.theirs}) {
    const Answer there = bound_on(side->view(), path_on(code, *side, path), use.name);
    if (there.answer == Is::no || (there.answer == Is::unclear && doubtful)) return std::nullopt;
    doubtful = doubtful || there.answer == Is::unclear;
  }
  const std::optional<Parted> parted = parted_over(code, path, use);
  if (!parted) return std::nullopt;
  Conflict conflict;
  conflict.kind = ConflictKind::unbound_name;
  conflict.blocks = !doubtful && use.doubt == UnboundName::Doubt::none;
  conflict.first = {parted->user, path, {}, use.line};
  conflict.second = {parted->other, path, {}, 0};
  conflict.message = fmt::format("uses {}, which {}", core::printable(use.name),
                                 fault_of(use, parted->binding, merged.doubt));
  return conflict;
}

// Each name once: where it surely runs, else where it first stands.
std::vector<UnboundName> names_once(std::vector<UnboundName> unbound) {
  std::ranges::stable_sort(unbound, {}, &UnboundName::doubt);
  std::set<std::string> known;
  std::erase_if(unbound, [&](const UnboundName& one) { return !known.insert(one.name).second; });
  std::ranges::stable_sort(unbound, {}, &UnboundName::line);
  return unbound;
}

// ---- `__all__`: what `from m import *` takes, or fails.

Answer exported(TreeView& view, const std::string& path, const std::string& name) {
  const std::string module = view.modules.module_of(path);
  if (view.have(module + "." + name)) return {Is::yes, {}};
  return view.offered.offers(module, name);
}

bool lists(const core::Interface& interface, const std::string& name) {
  return interface.all && std::ranges::find(*interface.all, name) != interface.all->end();
}

std::optional<Conflict> judge_export(const MergedCode& code, const std::string& path,
                                     const core::Interface& interface, const std::string& name) {
  const Answer merged = exported(code.merged, path, name);
  if (merged.answer == Is::yes) return std::nullopt;
  bool doubtful = merged.answer == Is::unclear;
  for (SideIndex* side : {&code.ours, &code.theirs}) {
    TreeView& view = side->view();
    const std::string own = path_on(code, *side, path);
    const auto blob = view.tree->file(own);
    if (!blob || !lists(view.knowledge.interface(*blob), name)) continue;
    const Answer there = exported(view, own, name);
    if (there.answer == Is::no || (there.answer == Is::unclear && doubtful)) return std::nullopt;
    doubtful = doubtful || there.answer == Is::unclear;
  }
  const core::Definition* all = interface.find("__all__");
  const auto parted = parted_over(code, path, {name, {}, 0, UnboundName::Doubt::none});
  if (!parted) return std::nullopt;
  Conflict conflict;
  conflict.kind = ConflictKind::unbound_name;
  conflict.blocks = !doubtful;
  conflict.first = {parted->user, path, {}, all == nullptr ? 0 : all->line};
  conflict.second = {parted->other, path, {}, 0};
  conflict.message = fmt::format(
      "lists {} in __all__, which is {}{}", core::printable(name), no_longer(parted->binding),
      merged.doubt.empty() ? "" : " (" + core::printable(merged.doubt) + ")");
  return conflict;
}

}  // namespace

std::vector<Conflict> unbound_names(const MergedCode& code, const std::vector<std::string>& files) {
  std::vector<Conflict> found;
  const auto add = [&](std::optional<Conflict> conflict) {
    if (conflict) found.push_back(std::move(*conflict));
  };
  for (const std::string& path : files) {
    const core::ObjectId blob = *code.merged.tree->file(path);
    for (const UnboundName& use : names_once(code.merged.knowledge.names(blob).unbound))
      add(judge(code, path, use));
    const core::Interface& interface = code.merged.knowledge.interface(blob);
    const std::vector<std::string> all = interface.all.value_or(std::vector<std::string>{});
    for (const std::string& name : std::set(all.begin(), all.end()))
      add(judge_export(code, path, interface, name));
  }
  return found;
}

}  // namespace gs::conflicts
