// git stream baseline: accepts today's layer violations once, and afterwards only forgets.

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>

#include "analyzers/layers.h"
#include "lib/core/text.h"
#include "lib/gates/tree_check.h"
#include "lib/state/files.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/progress.h"

namespace gs::command {

namespace {

using analyzers::Baseline;
using analyzers::ModulePair;
using core::Error;
using core::ExitCode;

constexpr std::size_t kLargest = std::size_t{16} << 20;

std::filesystem::path file_of(session::Session& session) {
  const auto& worktree = session.repository().layout().worktree;
  if (!worktree) throw Error(ExitCode::usage, "a bare repository has no worktree to write it into");
  return *worktree / analyzers::kBaselineFile;
}

std::vector<ModulePair> both(const std::vector<ModulePair>& a, const std::vector<ModulePair>& b) {
  std::vector<ModulePair> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

void write(const std::filesystem::path& path, const Baseline& baseline) {
  state::AtomicFile file(path);
  file.write(analyzers::print_baseline(baseline));
  file.commit();
}

// What judges reads the index, or a commit.
void say_to_stage(Context& context) {
  context.done("  next: git add " + std::string(analyzers::kBaselineFile) +
               "  # it counts once it is staged; then commit it");
}

ExitCode baseline(Context& context) {
  session::Session& session = context.session();
  const std::filesystem::path path = file_of(session);
  const std::string name(analyzers::kBaselineFile);
  ProgressLine line("checking");
  facts::TreeImports tree_imports = gates::tree_imports_of(session, std::nullopt, line.callback());
  const Baseline today{
      gates::violating_pairs(session.policy(), gates::graph_of(session, tree_imports).graph)};
  const auto text = state::read_file(path, kLargest);
  if (!text && session.policy().layers.empty()) {
    throw Error(ExitCode::usage, "there is nothing to accept: the policy has no layers",
                "layers: in .streams.yaml");
  }
  if (!text) {
    write(path, today);
    context.done(
        fmt::format("accepted {} in {}", core::counted(today.pairs.size(), "violation"), name));
    say_to_stage(context);
    return ExitCode::clean;
  }
  const Baseline before = analyzers::parse_baseline(*text, name);
  const Baseline after{both(before.pairs, today.pairs)};
  if (after.pairs != before.pairs) write(path, after);
  context.done(fmt::format("{}: {} left, {} no longer needed", name, after.pairs.size(),
                           before.pairs.size() - after.pairs.size()));
  if (after.pairs != before.pairs) say_to_stage(context);
  const std::vector<ModulePair> fresh = analyzers::added_pairs(after, today);
  for (const ModulePair& pair : fresh) {
    std::fprintf(stderr, "git-stream: not accepted: %s -> %s\n", pair.first.c_str(),
                 pair.second.c_str());
  }
  if (fresh.empty()) return ExitCode::clean;
  std::fprintf(stderr, "  next: git stream check --all   (%s only shrinks)\n", name.c_str());
  return ExitCode::findings;
}

}  // namespace

Action declare_baseline(CommandLine&) {
  return [](Context& context) { return baseline(context); };
}

}  // namespace gs::command
