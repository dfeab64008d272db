#pragma once
// Which of the merged tree's imports lead nowhere, looking only where a merge can have broken any.

#include <functional>
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

// `changed`: the paths that differ between the two. In path order.
std::vector<analyzers::BrokenImport> broken_by_merge(JudgedSide& before, JudgedSide& after,
                                                     const std::vector<std::string>& changed,
                                                     const analyzers::Ours& ours);

}  // namespace gs::streams
