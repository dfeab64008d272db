// git stream check: the verdict for people and CI.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>

#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/gates/leases/received_leases.h"
#include "lib/gates/tree_check.h"
#include "lib/git/refs/history.h"
#include "lib/report/findings.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/progress.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;

struct CheckOptions {
  bool staged = false, all = false, strict = false;
  std::string range, branch, at, format, policy;
  std::vector<std::string> why;
};

struct CheckFormat {
  const char* name;
  std::string (*print)(const report::Subject&, const std::vector<report::Entry>&);
};

constexpr std::array kCheckFormats{
    CheckFormat{"text", report::text},     CheckFormat{"json", report::json},
    CheckFormat{"sarif", report::sarif},   CheckFormat{"junit", report::junit},
    CheckFormat{"github", report::github}, CheckFormat{"gitlab", report::gitlab}};

const CheckFormat& format_of(const CheckOptions& options, const Context& context) {
  const std::string name = !options.format.empty() ? options.format
                           : context.json          ? "json"
                                                   : "text";
  const auto found = std::find_if(kCheckFormats.begin(), kCheckFormats.end(),
                                  [&](const CheckFormat& format) { return name == format.name; });
  if (found == kCheckFormats.end()) {
    throw Error(ExitCode::usage, "--format: there is no '" + core::printable(name) + "'",
                "text, json, sarif, junit, github or gitlab");
  }
  return *found;
}

// A short name means a branch before a tag: tags decide nothing here.
std::optional<core::ObjectId> branch_named(const git::Repository& repository,
                                           const std::string& name) {
  const auto remote = repository.resolve("refs/remotes/" + name);
  const bool tracked = remote && name.starts_with("origin/");
  return tracked ? remote : repository.resolve("refs/heads/" + name);
}

core::ObjectId commit_named(const git::Repository& repository, const std::string& name) {
  const std::size_t end = std::min(name.find_first_of("~^@{:"), name.size());
  auto commit = branch_named(repository, name.substr(0, end));
  if (!commit) {
    commit = git::find_commit(repository, name);
  } else if (end < name.size()) {
    commit = git::find_commit(repository, commit->hex() + name.substr(end));
  }
  if (commit) return *commit;
  const bool shallow = !git::shallow_ends(repository).empty();
  throw Error(ExitCode::usage, "'" + core::printable(name) + "' names no commit",
              shallow ? "this clone is shallow: git fetch --unshallow" : "");
}

// CI checks out commits, not branches: it has to say which one it is about.
std::string branch_given(const CheckOptions& options) {
  if (!options.branch.empty()) return options.branch;
  const char* value = std::getenv("GIT_STREAM_BRANCH");
  return value != nullptr ? value : "";
}

gates::FullCheck check_range(const CheckOptions& options, Context& context) {
  const std::string& range = options.range;
  const std::size_t dots = range.find("..");
  if (dots == range.npos || range.find("...") != range.npos) {
    throw Error(ExitCode::usage, "--range: '" + core::printable(range) + "' is no range",
                "two commits: --range origin/develop..HEAD");
  }
  const git::Repository& repository = context.session().repository();
  const auto side = [&](const std::string& name) {
    return commit_named(repository, name.empty() ? "HEAD" : name);
  };
  const core::ObjectId from = side(range.substr(0, dots)), to = side(range.substr(dots + 2));
  if (options.policy.empty() && !policy::read_integration(repository.layout()).recorded) {
    if (auto pinned = policy::policy_for_range(repository, from, to))
      context.session().pin(std::move(pinned));
  }
  std::string branch = branch_given(options);
  if (branch.empty())
    return gates::check_range(context.session(), from, to, range.substr(dots + 2));
  constexpr std::string_view kHeads = "refs/heads/";
  if (branch.starts_with(kHeads)) branch.erase(0, kHeads.size());
  return gates::check_push(context.session(), from, to, core::BranchName(branch));
}

void require_module(const analyzers::ImportGraph& graph, const std::string& name) {
  std::vector<std::string> known;
  for (const std::string& module : graph.modules) {
    const bool below = module.starts_with(name) && module[name.size()] == '.';
    if (module == name || below) return;
    known.push_back(module);
  }
  const auto nearest = core::nearest_word(name, known);
  throw Error(ExitCode::usage, "there is no module '" + core::printable(name) + "'",
              nearest ? "did you mean '" + *nearest + "'?" : "");
}

// The shortest way from one module to another, an import a line.
ExitCode explain(const CheckOptions& options, Context& context) {
  session::Session& session = context.session();
  const auto commit = options.at.empty()
                          ? std::nullopt
                          : std::optional(commit_named(session.repository(), options.at));
  ProgressLine line("reading imports");
  facts::TreeImports tree_imports = gates::tree_imports_of(session, commit, line.callback());
  const analyzers::ImportGraph graph = gates::graph_of(session, tree_imports).graph;
  for (const std::string& name : options.why) require_module(graph, name);
  const auto chain = analyzers::shortest_chain(graph, options.why[0], options.why[1]);
  core::JsonWriter json = Context::begin_json();
  json.key("chain").begin_array();
  for (const auto& edge : chain) {
    const std::string& file = graph.files[edge.file];
    if (!context.json) {
      std::printf("%s:%u: %s imports %s\n", core::quote_path(file).c_str(), edge.line,
                  graph.modules[edge.from].c_str(), graph.modules[edge.to].c_str());
    }
    json.begin_object().member("file", core::json_path(file)).member("line", edge.line);
    json.member("module", graph.modules[edge.from]).member("imports", graph.modules[edge.to]);
    json.end_object();
  }
  json.end_array();
  if (context.json) Context::print_json(json);
  if (!chain.empty()) return ExitCode::clean;
  std::fprintf(stderr, "git-stream: nothing leads from %s to %s\n",
               core::printable(options.why[0]).c_str(), core::printable(options.why[1]).c_str());
  return ExitCode::findings;
}

std::string subject_of(const CheckOptions& options) {
  if (!options.range.empty()) return options.range;
  const std::string tree = options.at.empty() ? "the index" : options.at;
  return options.all ? "all of " + tree : tree;
}

// What a reader would take for judged, and is not.
std::string notes_on(const CheckOptions& options, session::Session& session) {
  const core::Policy& policy = session.policy();
  const bool no_layers = policy.layers.empty() || policy.rules.layer == core::Action::off;
  if (options.all)
    return no_layers ? "no layers are judged: the policy has none, or says off\n" : "";
  const std::string leases = !options.range.empty() && gates::lacks_leases(session)
                                 ? "what other clones have leased is not here: git fetch origin "
                                   "'refs/stream/*:refs/stream/*'\n"
                                 : "";
  if (policy.streams.empty() || !session.identity().outsider()) return leases;
  return leases + "nobody's stream: judged by locks alone; " + session::kAgentVariable +
         "=AGENT says whose it is, --all judges every import\n";
}

// The policy that a commit has, whatever else is in force here.
void pin_to(const std::string& name, session::Session& session) {
  const git::Repository& repository = session.repository();
  auto pinned = policy::policy_at(repository, commit_named(repository, name), name);
  if (!pinned)
    throw Error(ExitCode::usage,
                "'" + core::printable(name) + "' has no " + std::string(core::kPolicyFile));
  session.pin(std::move(pinned));
}

ExitCode check(const CheckOptions& options, Context& context) {
  if (!options.why.empty()) return explain(options, context);
  if (!options.at.empty() && !options.all)
    throw Error(ExitCode::usage, "--at needs --all or --why", "git stream check --all --at COMMIT");
  const CheckFormat& format = format_of(options, context);
  session::Session& session = context.session();
  if (!options.policy.empty()) pin_to(options.policy, session);
  gates::FullCheck result;
  if (options.all) {
    const auto commit = options.at.empty()
                            ? std::nullopt
                            : std::optional(commit_named(session.repository(), options.at));
    ProgressLine line("checking");
    result = gates::check_all(session, commit, options.strict, line.callback());
  } else if (!options.range.empty()) {
    result = check_range(options, context);
  } else {
    result = gates::check_staged(session, context.prefix().empty() ? "" : ":/");
  }
  const report::Subject subject{subject_of(options), std::string(core::kVersion), result.files,
                                result.imports, notes_on(options, session)};
  std::fputs(format.print(subject, result.entries).c_str(), stdout);
  if (context.beside != nullptr) context.answer(report::json(subject, result.entries));
  return result.fails(options.strict) ? ExitCode::findings : ExitCode::clean;
}

}  // namespace

Action declare_check(CommandLine& app) {
  auto options = std::make_shared<CheckOptions>();
  Option staged = app.flag("--staged", options->staged, "what is staged (the default)");
  Option range = app.option("--range", options->range, "the commits A..B, each for itself")
                     .not_empty()
                     .called("A..B");
  Option all = app.flag("--all", options->all, "every import of the whole tree");
  app.option("--as-branch", options->branch,
             "with --range: judged as if pushed to this branch (or GIT_STREAM_BRANCH)")
      .not_empty()
      .needs(range)
      .called("BRANCH");
  staged.excludes({range, all});
  range.excludes({all});
  app.option("--policy", options->policy, "judged by the policy of this commit")
      .not_empty()
      .called("COMMIT");
  app.option("--at", options->at, "with --all or --why: a commit's tree, not the index")
      .not_empty()
      .excludes({staged, range})
      .called("COMMIT");
  Option strict = app.flag("--strict", options->strict,
                           "fail on accepted violations, and on modules in no layer");
  Option format = app.option("--format", options->format, "how it is printed")
                      .called("text|json|sarif|junit|github|gitlab");
  app.option("--why", options->why, "the shortest way by which one module imports another")
      .takes(2, 2)
      .excludes({staged, range, all, strict, format})
      .called("MODULE");
  return [options](Context& context) { return check(*options, context); };
}

}  // namespace gs::command
