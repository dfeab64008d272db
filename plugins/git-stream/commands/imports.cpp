// git stream imports: what each file imports, a line for each imported module.

#include "lib/python/imports/imports.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>

#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/facts/tree_imports.h"
#include "lib/gates/tree_check.h"
#include "lib/python/imports/imports.h"
#include "lib/python/modules.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/progress.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using core::ImportEdge;

struct ImportsOptions {
  bool all = false;
  std::vector<std::string> paths;
  std::string format = "jsonl";
};

void print_edge(const ImportEdge& edge) {
  core::JsonWriter json;
  json.begin_object().member("file", core::json_path(edge.path)).member("line", edge.line);
  json.member("module", edge.target).key("names").begin_array();
  for (const std::string& name : edge.names) json.value(name);
  json.end_array().member("kind", core::kind_name(edge.kind));
  json.member("type_checking", edge.type_checking).member("guarded", edge.guarded);
  json.member("scope", core::scope_name(edge.scope)).end_object();
  std::printf("%s\n", json.str().c_str());
}

// Data on stdout; what could hide an import, or leads nowhere, is said on stderr.
class Printer {
 public:
  explicit Printer(python::ModuleMap& modules) : modules_(modules) {}

  void print(const std::string& path, std::string_view facts) {
    std::vector<core::Partial> partials;
    for (const ImportEdge& edge : python::import_edges(modules_, path, facts, &partials)) {
      if (edge.beyond_top) {
        remark(path, edge.line, edge.target + " is beyond the top level");
      } else {
        print_edge(edge);
      }
    }
    for (const core::Partial& partial : partials)
      remark(path, partial.line,
             "read in part: " + std::string(core::trouble_text(partial.trouble)));
  }
  bool remarked() const { return remarked_; }

 private:
  void remark(const std::string& path, std::uint32_t line, const std::string& text) {
    std::fprintf(stderr, "git-stream: %s:%u: %s\n", core::quote_path(path).c_str(), line,
                 core::printable(text).c_str());
    remarked_ = true;
  }
  python::ModuleMap& modules_;
  bool remarked_ = false;
};

ExitCode print_all(Context& context) {
  session::Session& session = context.session();
  ProgressLine line("reading imports");
  facts::TreeImports tree_imports = gates::tree_imports_of(session, std::nullopt, line.callback());
  python::ModuleMap modules(tree_imports.tree(), python::python_roots(session.policy().python_roots,
                                                                      tree_imports.tree()));
  Printer printer(modules);
  for (const facts::FileImports& file : tree_imports.files()) printer.print(file.path, file.facts);
  return ExitCode::clean;
}

struct Wanted {
  std::string pattern;
  bool found = false;
};

// The Python files of the index that the patterns name, in path order.
std::vector<std::pair<std::string, core::ObjectId>> wanted_files(const git::Repository& repository,
                                                                 std::vector<Wanted>& wanted) {
  std::vector<core::PatternList> lists;
  for (const Wanted& one : wanted)
    lists.emplace_back(std::vector<std::string>{one.pattern}, repository.ignore_case());
  std::vector<std::pair<std::string, core::ObjectId>> files;
  const auto look_at = [&](std::string_view path, const git::TreeEntry& entry) {
    if (!core::mode::is_regular(entry.mode) || !core::is_python_source(path)) return;
    bool matches = false;
    for (std::size_t i = 0; i < lists.size(); ++i) {
      if (!lists[i].matches(path)) continue;
      wanted[i].found = matches = true;
    }
    if (matches) files.emplace_back(path, entry.id);
  };
  const auto commit = gates::instead_of_index(repository);
  commit ? repository.each_file(*commit, look_at) : repository.each_staged(look_at);
  return files;
}

ExitCode print_paths(const ImportsOptions& options, Context& context) {
  session::Session& session = context.session();
  const git::Repository& repository = session.repository();
  std::vector<Wanted> wanted;
  for (const std::string& path : options.paths) wanted.push_back({context.path_argument(path)});
  const auto files = wanted_files(repository, wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].found) continue;
    throw Error(ExitCode::usage,
                core::quote_path(options.paths[i]) + " names no Python file of the index",
                "git add " + core::quote_shell(options.paths[i]));
  }
  const bool bare = gates::instead_of_index(repository).has_value();
  const auto tree = repository.source_tree(repository.head(),
                                           bare ? core::ChangeSet{} : repository.staged({}).own);
  python::ModuleMap modules(*tree, python::python_roots(session.policy().python_roots, *tree));
  Printer printer(modules);
  for (const auto& [path, blob] : files)
    printer.print(path, python::imports_of(repository.blob(blob)));
  return ExitCode::clean;
}

ExitCode imports(const ImportsOptions& options, Context& context) {
  if (options.format != "jsonl") {
    throw Error(ExitCode::usage, "--format: there is no '" + core::printable(options.format) + "'",
                "jsonl");
  }
  return options.paths.empty() ? print_all(context) : print_paths(options, context);
}

}  // namespace

Action declare_imports(CommandLine& app) {
  auto options = std::make_shared<ImportsOptions>();
  Option all = app.flag("--all", options->all, "of every file of the index (the default)");
  app.option("PATH", options->paths, "files, folders or patterns").excludes({all});
  app.option("--format", options->format, "the only one there is").called("jsonl");
  return [options](Context& context) { return imports(*options, context); };
}

}  // namespace gs::command
