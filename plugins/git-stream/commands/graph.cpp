// git stream graph: who imports whom, as a picture.

#include "lib/report/graph.h"

#include <array>
#include <cstdio>

#include "lib/core/text.h"
#include "lib/gates/tree_check.h"
#include "lib/git/refs/history.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/progress.h"

namespace gs::command {

namespace {

using analyzers::Fold;
using core::Error;
using core::ExitCode;

struct GraphOptions {
  std::string format, by, at, focus;
  std::size_t depth = 1;
};

struct GraphFormat {
  const char* name;
  std::string (*print)(const report::Graph&);
};
constexpr std::array kGraphFormats{GraphFormat{"dot", report::dot},
                                   GraphFormat{"mermaid", report::mermaid},
                                   GraphFormat{"json", report::json}};

struct Folding {
  const char* name;
  Fold fold;
};
constexpr std::array kFoldings{Folding{"module", Fold::module}, Folding{"package", Fold::package},
                               Folding{"top", Fold::top}, Folding{"layer", Fold::layer}};

template <class Rows>
const auto& row(const Rows& rows, const std::string& name, const char* option, const char* known) {
  for (const auto& candidate : rows) {
    if (name == candidate.name) return candidate;
  }
  throw Error(ExitCode::usage,
              std::string(option) + ": there is no '" + core::printable(name) + "'", known);
}

report::Graph drawn(const analyzers::FoldedGraph& folded, const analyzers::LayerMap& layers,
                    Fold fold) {
  report::Graph graph;
  for (const auto& node : folded.nodes) {
    const bool grouped = node.level >= 0 && fold != Fold::layer;
    graph.nodes.push_back({node.name,
                           grouped ? layers.layer_name(static_cast<std::size_t>(node.level)) : "",
                           node.level});
  }
  for (const auto& edge : folded.edges)
    graph.edges.push_back({edge.from, edge.to, edge.count, edge.violation});
  return graph;
}

analyzers::FoldedGraph focused(const analyzers::FoldedGraph& whole, const GraphOptions& options) {
  if (options.focus.empty()) return whole;
  if (auto part = analyzers::around(whole, options.focus, options.depth)) return *part;
  std::vector<std::string> names;
  for (const auto& node : whole.nodes) names.push_back(node.name);
  const auto nearest = core::nearest_word(options.focus, names);
  throw Error(ExitCode::usage, "--focus: there is no '" + core::printable(options.focus) + "'",
              nearest ? "git stream graph --focus " + *nearest : "git stream graph --by package");
}

ExitCode graph(const GraphOptions& options, Context& context) {
  const std::string format = !options.format.empty() ? options.format
                             : context.json          ? "json"
                                                     : "dot";
  const auto print = row(kGraphFormats, format, "--format", "dot, mermaid or json").print;
  session::Session& session = context.session();
  const analyzers::LayerMap layers(session.policy());
  const std::string by = !options.by.empty()      ? options.by
                         : !options.focus.empty() ? "package"
                         : layers.empty()         ? "top"
                                                  : "layer";
  const Fold fold = row(kFoldings, by, "--by", "module, package, top or layer").fold;
  std::optional<core::ObjectId> commit;
  if (!options.at.empty()) {
    commit = git::find_commit(session.repository(), options.at);
    if (!commit)
      throw Error(ExitCode::usage, "'" + core::printable(options.at) + "' names no commit");
  }
  ProgressLine line("reading imports");
  facts::TreeImports tree_imports = gates::tree_imports_of(session, commit, line.callback());
  const auto folded =
      focused(analyzers::fold(gates::graph_of(session, tree_imports).graph, layers, fold), options);
  std::fputs(print(drawn(folded, layers, fold)).c_str(), stdout);
  return ExitCode::clean;
}

}  // namespace

Action declare_graph(CommandLine& app) {
  auto options = std::make_shared<GraphOptions>();
  app.option("--format", options->format, "how it is drawn").called("dot|mermaid|json");
  app.option("--by", options->by, "what a node is; top: a top-level module")
      .called("module|package|top|layer");
  const Option focus = app.option("--focus", options->focus,
                                  "only this package, and what it imports or is imported by")
                           .called("PACKAGE");
  app.option("--depth", options->depth, "how many imports away from it; otherwise 1")
      .called("COUNT")
      .needs(focus);
  app.option("--at", options->at, "a commit's tree, not the index").called("COMMIT");
  return [options](Context& context) { return graph(*options, context); };
}

}  // namespace gs::command
