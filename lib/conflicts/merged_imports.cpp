#include "lib/conflicts/merged_imports.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

#include "analyzers/graph_builder.h"
#include "lib/git/refs/history.h"

namespace gs::streams {

namespace {

using analyzers::BrokenImport;
using analyzers::FoundModule;
using analyzers::ModuleId;
using analyzers::ModuleMap;
using Kind = FoundModule::Kind;

analyzers::ImportGraph graph_of(ModuleMap& modules, const app::Survey& survey) {
  analyzers::GraphBuilder builder(modules);
  for (const app::SurveyedFile& file : survey.files()) builder.add(file.path, file.facts);
  return builder.take();
}

const app::SurveyedFile* find_file(const app::Survey& survey, std::string_view path) {
  const auto& files = survey.files();
  const auto found = std::ranges::lower_bound(files, path, {}, &app::SurveyedFile::path);
  return found != files.end() && found->path == path ? &*found : nullptr;
}

// The modules of the merged tree that importers may find changed.
class Affected {
 public:
  Affected(JudgedSide& before, JudgedSide& after, const std::vector<std::string>& changed)
      : before_(before), after_(after), changed_(changed.begin(), changed.end()) {
    for (const std::string& path : changed) note_loss(path);
    follow_stars();
  }

  bool importer(const std::string& path) const { return changed_.contains(path); }
  bool module(ModuleId id) {
    if (id >= known_.size()) known_.resize(id + id / 2 + 16, Known::no_idea);
    if (known_[id] == Known::no_idea) known_[id] = look(id) ? Known::yes : Known::no;
    return known_[id] == Known::yes;
  }

 private:
  enum class Known : std::uint8_t { no_idea, no, yes };

  // A package whose submodule goes has changed for `from package import submodule`. Files may be
  // modules of several names, by several roots: all shorter ends of the path are taken.
  void note_loss(const std::string& path) {
    if (find_file(before_.survey, path) == nullptr || find_file(after_.survey, path) != nullptr)
      return;
    std::string name = path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
    std::ranges::replace(name, '/', '.');
    for (std::string_view rest = name; !rest.empty();) {
      for (std::string_view whole = rest; !whole.empty();) {
        if (!losers_.emplace(whole).second) break;
        const std::size_t dot = whole.rfind('.');
        whole = dot == whole.npos ? std::string_view() : whole.substr(0, dot);
      }
      const std::size_t dot = rest.find('.');
      rest = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
    }
  }

  bool look(ModuleId id) {
    const std::string_view name = after_.modules.name(id);
    if (losers_.contains(name) || through_stars_.contains(name)) return true;
    const FoundModule& now = after_.modules.found(id);
    if (!now.path.empty() && changed_.contains(now.path)) return true;
    const FoundModule& then = before_.modules.found(before_.modules.find(name));
    return then.kind != now.kind || then.path != now.path;
  }

  // Who takes everything from a changed module has changed with it.
  void follow_stars() {
    std::vector<std::pair<ModuleId, ModuleId>> stars;  // who takes, from whom
    ModuleMap::FileEdges edges;
    core::Import import;
    for (const app::SurveyedFile& file : after_.survey.files()) {
      core::ImportReader reader(file.facts);
      bool any = false;
      while (!any && reader.next(import)) any = import.kind == core::ImportKind::star;
      if (!any) continue;
      after_.modules.edges_of(file.path, file.facts, edges);
      const ModuleId taker = after_.modules.find(after_.modules.module_of(file.path));
      for (const ModuleMap::Edge& edge : edges.edges) {
        if (edge.kind == core::ImportKind::star) stars.emplace_back(taker, edge.target);
      }
    }
    for (bool more = true; more;) {
      more = false;
      for (const auto& [taker, from] : stars) {
        if (!module(from) || module(taker)) continue;
        through_stars_.emplace(after_.modules.name(taker));
        known_[taker] = Known::yes;
        more = true;
      }
    }
  }

  JudgedSide& before_;
  JudgedSide& after_;
  std::set<std::string, std::less<>> changed_, losers_, through_stars_;
  std::vector<Known> known_;
};

// Whether a file of this tree already imports what is not there: made by a build, perhaps.
bool imported_in_vain(JudgedSide& side, const BrokenImport& broken, const analyzers::Ours& ours) {
  const std::string_view module = broken.module;
  const std::string_view word =
      broken.name.empty() ? module.substr(module.rfind('.') + 1) : std::string_view(broken.name);
  for (const app::SurveyedFile& file : side.survey.files()) {
    if (file.facts.find(word) == file.facts.npos) continue;
    const auto edges = analyzers::import_edges(side.modules, file.path, file.facts);
    for (const BrokenImport& old : analyzers::broken_imports(side.offered, edges, ours)) {
      if (old.module == broken.module && old.name == broken.name) return true;
    }
  }
  return false;
}

class ImportSearch {
 public:
  ImportSearch(JudgedSide& before, JudgedSide& after, const std::vector<std::string>& changed,
               const OtherParents& parents)
      : before_(before),
        after_(after),
        parents_(parents),
        ours_([this](std::string_view top) {
          return before_.modules.found(before_.modules.find(top)).kind != Kind::absent ||
                 parents_.have(top);
        }),
        affected_(before, after, changed) {}
  ImportSearch(const ImportSearch&) = delete;
  ImportSearch& operator=(const ImportSearch&) = delete;

  std::vector<BrokenImport> run() {
    ModuleMap::FileEdges edges;
    for (const app::SurveyedFile& file : after_.survey.files()) {
      bool look = affected_.importer(file.path);
      if (!look) {
        after_.modules.edges_of(file.path, file.facts, edges);
        look = std::ranges::any_of(edges.edges, [&](const ModuleMap::Edge& edge) {
          return affected_.module(edge.target);
        });
      }
      if (look) add(file);
    }
    return std::move(found_);
  }

 private:
  std::vector<BrokenImport> broken_in(JudgedSide& side, const app::SurveyedFile& file) {
    const auto edges = analyzers::import_edges(side.modules, file.path, file.facts);
    return analyzers::broken_imports(side.offered, edges, ours_);
  }

  void add(const app::SurveyedFile& file) {
    std::vector<BrokenImport> now = broken_in(after_, file);
    if (now.empty()) return;
    const app::SurveyedFile* old = find_file(before_.survey, file.path);
    const auto before = old != nullptr ? broken_in(before_, *old) : std::vector<BrokenImport>{};
    std::vector<BrokenImport> doubts = broken_in(before_, file);
    parents_.agree(file, ours_, doubts);
    for (BrokenImport& broken : analyzers::newly_broken(std::move(now), before, doubts)) {
      if (broken.certain() && in_vain(broken)) broken.doubt = "others import it in vain already";
      found_.push_back(std::move(broken));
    }
  }

  bool in_vain(const BrokenImport& broken) {
    const auto [known, fresh] = in_vain_.try_emplace({broken.module, broken.name}, false);
    if (fresh) known->second = imported_in_vain(before_, broken, ours_);
    return known->second;
  }

  JudgedSide& before_;
  JudgedSide& after_;
  const OtherParents& parents_;
  const analyzers::Ours ours_;
  Affected affected_;
  std::map<std::pair<std::string, std::string>, bool> in_vain_;
  std::vector<BrokenImport> found_;
};

analyzers::OfferedNames::InterfaceOf interfaces(app::Session& session) {
  return [&session](const core::ObjectId& blob) {
    return app::interface_of_blob(session.repository(), blob);
  };
}

}  // namespace

JudgedSide::JudgedSide(app::Session& session, const core::ObjectId& commit)
    : survey(app::Survey::of_commit(session.repository(), commit)),
      modules(survey.tree(), analyzers::python_roots(session.policy().python_roots, survey.tree())),
      graph(graph_of(modules, survey)),
      offered(survey.tree(), modules, interfaces(session)) {}

OtherParents::OtherParents(app::Session& session, const core::ObjectId& before,
                           const core::ObjectId& merge) {
  const git::Repository& repository = session.repository();
  for (const core::ObjectId& commit : git::commit(repository, merge).parents) {
    if (commit == before) continue;
    Parent& parent = parents_.emplace_back();
    parent.tree = repository.source_tree(commit);
    parent.modules = std::make_unique<ModuleMap>(
        *parent.tree, analyzers::python_roots(session.policy().python_roots, *parent.tree));
    parent.offered = std::make_unique<analyzers::OfferedNames>(*parent.tree, *parent.modules,
                                                               interfaces(session));
  }
}

bool OtherParents::have(std::string_view top) const {
  return std::ranges::any_of(parents_, [&](const Parent& parent) {
    return parent.modules->found(parent.modules->find(top)).kind != Kind::absent;
  });
}

void OtherParents::agree(const app::SurveyedFile& file, const analyzers::Ours& ours,
                         std::vector<BrokenImport>& doubts) const {
  for (const Parent& parent : parents_) {
    if (doubts.empty()) return;
    const auto edges = analyzers::import_edges(*parent.modules, file.path, file.facts);
    const auto there = analyzers::broken_imports(*parent.offered, edges, ours);
    std::erase_if(doubts, [&](const BrokenImport& doubt) {
      return std::ranges::none_of(there, [&](const BrokenImport& same) {
        return same.module == doubt.module && same.name == doubt.name && !same.doubt.empty();
      });
    });
  }
}

std::vector<BrokenImport> broken_by_merge(JudgedSide& before, JudgedSide& after,
                                          const std::vector<std::string>& changed,
                                          const OtherParents& parents) {
  return ImportSearch(before, after, changed, parents).run();
}

}  // namespace gs::streams
