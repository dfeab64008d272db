#include "lib/streams/account.h"

#include <algorithm>

#include "analyzers/layers.h"
#include "lib/app/full_check.h"
#include "lib/app/version.h"
#include "lib/conflicts/merged_tree.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/git/refs/history.h"
#include "lib/store/clock.h"
#include "lib/streams/timeline.h"
#include "lib/streams/validation/steps.h"

namespace gs::streams {

namespace {

using report::Account;
using report::LayerMatrix;

// One part of the work; what is damaged costs that part only.
template <class Part>
void guarded(Account& account, const Part& part) {
  try {
    part();
  } catch (const core::Error& error) {
    account.troubles.emplace_back(error.what());
  }
}

LayerMatrix matrix_of(const core::Policy& policy, const analyzers::ImportGraph& graph) {
  const analyzers::LayerMap layers(policy);
  LayerMatrix matrix;
  if (layers.empty()) return matrix;
  for (const core::Layer& layer : policy.layers) matrix.layers.push_back(layer.name);
  matrix.cells.resize(matrix.layers.size() * matrix.layers.size());
  std::vector<std::optional<analyzers::LayerMap::Place>> places;
  for (const std::string& module : graph.modules) places.push_back(layers.place(module));
  for (const analyzers::ImportGraph::Edge& edge : graph.edges) {
    const auto &from = places[edge.from], &to = places[edge.to];
    if (!from || !to) {
      ++matrix.unplaced;
      continue;
    }
    LayerMatrix::Cell& cell = matrix.cells[from->level * matrix.layers.size() + to->level];
    ++cell.imports;
    const bool wrong = !layers.allows(*from, *to) &&
                       !layers.ignored(graph.modules[edge.from], graph.modules[edge.to], edge.kind,
                                       edge.type_checking);
    if (wrong) ++cell.violations;
  }
  return matrix;
}

void add_tree(app::Session& session, const core::ObjectId& commit, Account& account) {
  app::Survey survey = app::survey_of(session, commit, {});
  const app::WholeGraph whole = app::graph_of(session, survey);
  account.files_checked = whole.files;
  account.imports_checked = whole.imports;
  account.matrix = matrix_of(session.policy(), whole.graph);
}

// Imports that lead nowhere are known by what they were before: when the streams were started, or
// before the last commit.
void add_broken(app::Session& session, const AccountRequest& request, Account& account) {
  auto before = core::ObjectId::from_hex(account.incoming.before);
  const auto parents = git::commit(session.repository(), request.commit).parents;
  if (!before && !parents.empty()) before = parents.front();
  if (!before) return;
  for (core::Finding& finding : conflicts::judge_merged(session, *before, request.commit)) {
    const bool known = std::ranges::any_of(account.findings, [&](const auto& found) {
      return found.entry.finding.path == finding.path && found.entry.finding.line == finding.line &&
             found.entry.finding.rule == finding.rule;
    });
    if (finding.rule == core::Rule::imports && !known)
      account.findings.push_back({{std::move(finding), false, {}}, {}});
  }
}

void add_findings(app::Session& session, const AccountRequest& request, Account& account) {
  account.of_merge = request.findings.has_value();
  if (request.findings) {
    for (const core::Finding& finding : *request.findings)
      account.findings.push_back({{finding, false, {}}, {}});
  } else {
    for (report::Entry& entry : app::check_all(session, request.commit, false, {}).entries)
      account.findings.push_back({std::move(entry), {}});
    add_broken(session, request, account);
  }
  constexpr std::size_t kExcerpts = 500;
  for (std::size_t i = 0; i < std::min(kExcerpts, account.findings.size()); ++i) {
    report::AccountFinding& found = account.findings[i];
    found.excerpt = excerpt_of(session.repository(), request.commit, found.entry.finding);
  }
}

// The log does not say what the steps ran; the policy does.
void add_commands(app::Session& session, Account& account) {
  for (const core::ValidateStep& step : validation_steps(session)) {
    for (report::StepRun& run : account.steps) {
      if (run.name == step.name && run.command.empty()) run.command = step.run;
    }
  }
}

std::string who_runs(app::Session& session) {
  const core::Identity& identity = session.identity();
  if (identity.stream || identity.agent) return identity.name();
  return session.repository().config("user.name").value_or("");
}

}  // namespace

Account account_of(app::Session& session, const AccountRequest& request) {
  Account account;
  account.repository = conflicts::repository_name(session.repository().layout());
  account.version = app::kVersion;
  account.branch = request.branch;
  account.commit = request.commit.hex();
  account.occasion = request.occasion;
  account.made_at = store::now();
  account.offset = &store::offset_at;
  account.steps_note = request.steps_note;
  store::LogRead log;
  guarded(account, [&] { account.who = who_runs(session); });
  guarded(account, [&] { log = store::read_log(session.state().activity(), {}); });
  guarded(account, [&] { account.timeline = timeline_of(log); });
  guarded(account, [&] { account.incoming = incoming_of(session, request, log); });
  guarded(account, [&] { add_findings(session, request, account); });
  guarded(account, [&] { add_tree(session, request.commit, account); });
  guarded(account, [&] { account.streams = account_streams(session, account.troubles); });
  account.steps = request.steps ? *request.steps : logged_runs(log, account.commit);
  guarded(account, [&] { add_commands(session, account); });
  return account;
}

}  // namespace gs::streams
