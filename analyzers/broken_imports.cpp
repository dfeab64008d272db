#include "analyzers/broken_imports.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/text.h"

namespace gs::analyzers {

namespace {

using core::ImportEdge;
using core::ImportKind;
using ModuleKind = python::FoundModule::Kind;
using Is = core::Interface::Answer;

bool same_lack(const BrokenImport& one, const BrokenImport& other) {
  return one.edge.path == other.edge.path && one.module == other.module && one.name == other.name;
}

class Search {
 public:
  Search(OfferedNames& tree, const Ours& ours) : tree_(tree), ours_(ours) {}

  void look(const ImportEdge& edge) {
    if (edge.guarded || edge.beyond_top) return;
    const std::string_view top = std::string_view(edge.target).substr(0, edge.target.find('.'));
    if (!edge.internal && !ours_(top)) return;
    python::ModuleMap& modules = tree_.modules();
    if (modules.found(modules.find(edge.target)).kind == ModuleKind::absent) {
      found_.push_back({edge, edge.target, {}, tree_.hidden_module(edge.target)});
    } else if (edge.kind == ImportKind::from) {
      for (const std::string& name : edge.names) look_for(edge, name);
    }
  }
  std::vector<BrokenImport> take() { return std::move(found_); }

 private:
  void look_for(const ImportEdge& edge, const std::string& name) {
    // What a package takes from itself it cannot have from that very statement.
    OfferedNames::Answer answer = tree_.offers(edge.target, name, edge.target != edge.importer);
    if (answer.answer == Is::yes) return;
    std::string doubt = std::move(answer.doubt);
    if (doubt.empty()) doubt = tree_.hidden_module(edge.target + "." + name);
    found_.push_back({edge, edge.target, name, std::move(doubt)});
  }

  OfferedNames& tree_;
  const Ours& ours_;
  std::vector<BrokenImport> found_;
};

}  // namespace

bool BrokenImport::certain() const {
  return doubt.empty() && !edge.type_checking && edge.kind != ImportKind::dynamic;
}

std::vector<BrokenImport> broken_imports(OfferedNames& tree, const std::vector<ImportEdge>& edges,
                                         const Ours& ours) {
  Search search(tree, ours);
  for (const ImportEdge& edge : edges) search.look(edge);
  return search.take();
}

std::vector<BrokenImport> newly_broken(std::vector<BrokenImport> now,
                                       const std::vector<BrokenImport>& before,
                                       const std::vector<BrokenImport>& there) {
  std::erase_if(now, [&](const BrokenImport& broken) {
    const auto as_bad = [&](const BrokenImport& old) {
      return same_lack(old, broken) && (old.certain() || !broken.certain());
    };
    const auto as_doubtful = [&](const BrokenImport& same) {
      return same_lack(same, broken) && !same.doubt.empty() && !broken.doubt.empty();
    };
    return std::ranges::any_of(before, as_bad) || std::ranges::any_of(there, as_doubtful);
  });
  return now;
}

core::Finding as_finding(const BrokenImport& broken) {
  const std::string module = core::printable(broken.module), name = core::printable(broken.name);
  std::string text;
  if (broken.doubt.empty()) {
    text = name.empty() ? fmt::format("imports {}, which is not there", module)
                        : fmt::format("imports {} from {}, which has none", name, module);
  } else {
    text = name.empty()
               ? fmt::format("imports {}, which may not be there: {}", module, broken.doubt)
               : fmt::format("imports {} from {}, which may have none: {}", name, module,
                             broken.doubt);
  }
  if (broken.edge.type_checking) text += " (for type checking only)";
  const auto severity = broken.certain() ? core::Severity::block : core::Severity::warn;
  return {core::Rule::imports, severity, broken.edge.path, broken.edge.line, std::move(text), {}};
}

}  // namespace gs::analyzers
