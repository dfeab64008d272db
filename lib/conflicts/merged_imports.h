#pragma once
// Which of the merged tree's imports lead nowhere, looking only where a merge can have broken any.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/broken_imports.h"
#include "analyzers/import_graph.h"
#include "analyzers/offered_names.h"
#include "lib/app/session.h"
#include "lib/app/survey.h"

namespace gs::streams {

// One commit's tree with all its imports. Not moved: its parts know each other.
struct JudgedSide {
  JudgedSide(app::Session& session, const core::ObjectId& commit);
  JudgedSide(const JudgedSide&) = delete;
  JudgedSide& operator=(const JudgedSide&) = delete;

  app::Survey survey;
  analyzers::ModuleMap modules;
  analyzers::ImportGraph graph;
  analyzers::OfferedNames offered;
};

// The trees that a merge commit was made of besides `before`, read only as far as asked.
class OtherParents {
 public:
  OtherParents(app::Session& session, const core::ObjectId& before, const core::ObjectId& merge);

  bool have(std::string_view top) const;  // a top-level module
  // Takes out what one of them has not the same doubts about, for a file of the merged tree.
  void agree(const app::SurveyedFile& file, const analyzers::Ours& ours,
             std::vector<analyzers::BrokenImport>& doubts) const;

 private:
  struct Parent {
    std::unique_ptr<core::SourceTree> tree;
    std::unique_ptr<analyzers::ModuleMap> modules;
    std::unique_ptr<analyzers::OfferedNames> offered;
  };
  std::vector<Parent> parents_;
};

// `changed`: the paths that differ between the two. In path order.
std::vector<analyzers::BrokenImport> broken_by_merge(JudgedSide& before, JudgedSide& after,
                                                     const std::vector<std::string>& changed,
                                                     const OtherParents& parents);

}  // namespace gs::streams
