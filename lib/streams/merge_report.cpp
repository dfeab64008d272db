#include "lib/streams/merge_report.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>

#include "analyzers/layers.h"
#include "lib/conflicts/breakage/merged_tree.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/version.h"
#include "lib/gates/tree_check.h"
#include "lib/git/refs/history.h"
#include "lib/install/git_config.h"
#include "lib/state/clock.h"
#include "lib/streams/lifecycle/status.h"
#include "lib/streams/validation/steps.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

using core::Instant;
using report::ActionCounts;
using report::ActionKind;
using report::Incoming;
using report::Lane;
using report::LayerMatrix;
using report::MergedCommit;
using report::MergeReport;
using report::Timeline;

// The timeline.

constexpr std::array<std::pair<std::string_view, ActionKind>, 5> kActions{{
    {"committed", ActionKind::committed},
    {"merged", ActionKind::merged},
    {"validated", ActionKind::validated},
    {"blocked", ActionKind::blocked},
    {"bypassed", ActionKind::blocked},
}};

ActionKind kind_of(std::string_view action) {
  for (const auto& [name, kind] : kActions) {
    if (name == action) return kind;
  }
  return ActionKind::other;
}

class Lanes {
 public:
  Lanes(Timeline& timeline) : timeline_(timeline) {}

  void add(const state::Activity& activity) {
    Draft& draft = drafts_[activity.agent];
    if (draft.lane.bins.empty()) {
      draft.lane.agent = activity.agent;
      draft.lane.bins.resize(timeline_.bins);
      draft.lane.holds.resize(timeline_.bins);
    }
    if (!activity.stream.empty()) draft.lane.stream = activity.stream;
    const auto kind = static_cast<std::size_t>(kind_of(activity.action));
    ++draft.lane.bins[bin_of(activity.time)][kind];
    ++draft.lane.totals[kind];
    note_lock(activity, draft);
  }

  void take() {
    for (auto& [agent, draft] : drafts_) {
      for (auto& [path, hold] : draft.held) end(draft, hold, hold.expires);
      timeline_.lanes.push_back(std::move(draft.lane));
    }
    const auto actions = [](const Lane& lane) {
      return std::accumulate(lane.totals.begin(), lane.totals.end(), std::uint64_t{0});
    };
    if (timeline_.lanes.size() > kMostLanes) {
      std::ranges::stable_sort(timeline_.lanes, std::greater{}, actions);
      timeline_.more_lanes = timeline_.lanes.size() - kMostLanes;
      timeline_.lanes.resize(kMostLanes);
    }
    std::ranges::stable_sort(timeline_.lanes, {},
                             [](const Lane& lane) { return std::tie(lane.stream, lane.agent); });
  }

 private:
  struct Hold {
    Instant since{}, expires{};
  };
  struct Draft {
    Lane lane;
    std::map<std::string, Hold> held;  // by path
  };

  std::size_t bin_of(Instant time) const {
    const auto length = (timeline_.to - timeline_.from).count();
    const auto at = std::clamp<std::int64_t>((time - timeline_.from).count(), 0, length);
    const auto bins = static_cast<std::int64_t>(timeline_.bins);
    return static_cast<std::size_t>(
        std::min(at * bins / std::max<std::int64_t>(length, 1), bins - 1));
  }

  void end(Draft& draft, const Hold& hold, Instant when) {
    const Instant until = std::min({when, hold.expires, timeline_.to});
    if (until < hold.since) return;
    for (std::size_t bin = bin_of(hold.since); bin <= bin_of(until); ++bin)
      draft.lane.holds[bin] = true;
  }

  void release(const std::string& agent, const std::string& path, Instant when) {
    const auto draft = drafts_.find(agent);
    if (draft == drafts_.end()) return;
    const auto hold = draft->second.held.find(path);
    if (hold == draft->second.held.end()) return;
    end(draft->second, hold->second, when);
    draft->second.held.erase(hold);
  }

  void note_lock(const state::Activity& activity, Draft& draft) {
    const bool taken = activity.action == "locked";
    if (taken || activity.action == "renewed") {
      const std::string path = state::log_field(activity, "file");
      const auto expires =
          core::parse_time(state::log_field(activity, "expires"), &state::local_offset);
      Hold& hold = draft.held.try_emplace(path, Hold{activity.time, activity.time}).first->second;
      hold.expires = expires.value_or(activity.time);
      if (taken) ++draft.lane.locks_taken;
    } else if (activity.action == "released") {
      release(activity.agent, state::log_field(activity, "file"), activity.time);
    } else if (activity.action == "expired" || activity.action == "stolen") {
      release(state::log_field(activity, "holder"), state::log_field(activity, "file"),
              activity.time);
    }
  }

  Timeline& timeline_;
  std::map<std::string, Draft> drafts_;
};

}  // namespace

Timeline timeline_of(const state::LogRead& log) {
  Timeline timeline;
  timeline.torn = log.torn;
  timeline.lines = log.lines.size();
  if (log.lines.empty()) return timeline;
  timeline.bins = kTimelineBins;
  const auto [first, last] = std::ranges::minmax_element(
      log.lines, {}, [](const state::LogLine& line) { return line.activity.time; });
  timeline.from = first->activity.time;
  timeline.to = std::max(last->activity.time, timeline.from + core::Seconds(1));
  Lanes lanes(timeline);
  for (const state::LogLine& line : log.lines) lanes.add(line.activity);
  lanes.take();
  return timeline;
}

// Commits, streams and lines of source.

namespace {

std::string first_word(std::string text) {
  text.resize(std::min(text.find_first_of(" \n"), text.size()));
  return text;
}

// What the branch held when the first stream was started.
std::optional<core::ObjectId> at_the_start(session::Session& session,
                                           const core::ObjectId& commit) {
  const auto started = state::read_streams(session.state()).started_at;
  if (!started) return std::nullopt;
  return core::ObjectId::from_hex(
      first_word(git_output_in(working_folder(session.repository().layout()),
                               {"rev-list", "-1", "--first-parent",
                                "--before=" + core::format_utc(*started), commit.hex(), "--"})));
}

// Who made which commit, by the log.
struct Maker {
  std::string agent, stream;
};
std::map<std::string, Maker> makers_of(const state::LogRead& log) {
  std::map<std::string, Maker> makers;
  for (const state::LogLine& line : log.lines) {
    const state::Activity& activity = line.activity;
    if (activity.action != "committed" && activity.action != "merged") continue;
    const std::string commit = state::log_field(activity, "commit");
    if (!commit.empty()) makers[commit] = {activity.agent, activity.stream};
  }
  return makers;
}

constexpr char kFormat[] = "--format=tformat:%H%x1f%P%x1f%an%x1f%ct%x1f%s";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<MergedCommit> parse_commit(std::string_view line,
                                         const std::map<std::string, Maker>& makers) {
  constexpr std::size_t kParts = 5;
  const auto parts = split(line, '\x1f');
  if (parts.size() < kParts) return std::nullopt;
  MergedCommit commit;
  commit.id = parts[0];
  commit.merge = parts[1].find(' ') != std::string_view::npos;
  commit.author = parts[2];
  std::int64_t seconds = 0;
  std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), seconds);
  commit.time = core::Instant(core::Seconds(seconds));
  commit.subject = line.substr(static_cast<std::size_t>(parts[4].data() - line.data()));
  const auto maker = makers.find(commit.id);
  if (maker != makers.end()) {
    if (!core::is_person(maker->second.agent)) commit.author = maker->second.agent;
    commit.stream = maker->second.stream;
  }
  return commit;
}

report::NodeState node_state(StreamState state) {
  switch (state) {
    case StreamState::waiting:
      return report::NodeState::waiting;
    case StreamState::ready:
      return report::NodeState::ready;
    case StreamState::in_progress:
      return report::NodeState::in_progress;
    case StreamState::completed:
      return report::NodeState::completed;
    case StreamState::merged:
      return report::NodeState::merged;
  }
  return report::NodeState::waiting;
}

Incoming incoming_of(session::Session& session, const MergeReportRequest& request,
                     const state::LogRead& log) {
  report::Incoming incoming;
  const auto before = request.before ? request.before : at_the_start(session, request.commit);
  if (!before || *before == request.commit) return incoming;
  const git::Repository& repository = session.repository();
  incoming.before = before->hex();
  incoming.file_count = git::changes_between(repository, before, request.commit).size();
  const std::string range = before->hex() + ".." + request.commit.hex();
  const std::filesystem::path& folder = working_folder(repository.layout());
  const std::string count = first_word(git_output_in(folder, {"rev-list", "--count", range, "--"}));
  std::from_chars(count.data(), count.data() + count.size(), incoming.commit_count);
  const std::string lines =
      git_output_in(folder, {"log", "-z", "--encoding=UTF-8", "--no-show-signature", kFormat,
                             "-n" + std::to_string(report::kCommitsShown), range, "--"});
  const auto makers = makers_of(log);
  for (const std::string_view line : split(lines, '\0')) {
    if (auto commit = parse_commit(line, makers)) incoming.commits.push_back(std::move(*commit));
  }
  return incoming;
}

std::vector<report::StreamSummary> stream_summaries(session::Session& session,
                                                    std::vector<std::string>& troubles) {
  const Overview overview = overview_of(session);
  for (const Damage& damage : overview.damage) troubles.push_back(damage.what);
  std::vector<report::StreamSummary> streams;
  for (const StreamView& view : overview.streams) {
    report::StreamSummary stream;
    stream.id = view.id.str();
    stream.name = view.name;
    stream.branch = view.branch.str();
    for (const BranchView& one : view.branches) {
      if (one.branch.name != view.branch) stream.branch += ", " + one.branch.name.str();
    }
    stream.state = node_state(view.state);
    stream.phase = view.phase;
    if (const core::StreamSpec* spec = session.policy().find_stream(view.id)) {
      for (const core::StreamId& on : spec->depends_on) stream.depends_on.push_back(on.str());
    }
    for (const AgentView& agent : view.agents) stream.agents.push_back(agent.id.short_name());
    if (view.divergence) {
      stream.ahead = view.divergence->ahead;
      stream.behind = view.divergence->behind;
    }
    stream.locks = view.locks;
    stream.warnings = view.warnings;
    if (view.record) {
      stream.started_at = view.record->started_at;
      stream.completed_at = view.record->completed_at;
      stream.merged_at = view.record->merged_at;
    }
    streams.push_back(std::move(stream));
  }
  return streams;
}

std::optional<report::Excerpt> excerpt_of(const git::Repository& repository,
                                          const core::ObjectId& commit,
                                          const core::Finding& finding) {
  constexpr std::uint32_t kAround = 3;
  constexpr std::size_t kLongestLine = 240, kLargest = std::size_t{4} << 20;
  if (finding.line == 0) return std::nullopt;
  const auto entry = repository.entry(commit, finding.path);
  if (!entry || !core::mode::is_regular(entry->mode)) return std::nullopt;
  const std::string source = repository.blob(entry->id);
  if (source.size() > kLargest) return std::nullopt;
  report::Excerpt excerpt;
  excerpt.first = finding.line > kAround ? finding.line - kAround : 1;
  std::uint32_t number = 1;
  std::string_view rest = source;
  while (!rest.empty() && number <= finding.line + kAround) {
    // Lines end as Python's do: at LF, CRLF or a lone CR.
    const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
    std::string_view line = rest.substr(0, end);
    const bool both = rest.substr(end).starts_with("\r\n");
    rest.remove_prefix(std::min(end + (both ? 2 : 1), rest.size()));
    if (number++ < excerpt.first) continue;
    std::string text(line.substr(0, kLongestLine));
    if (line.size() > kLongestLine) text += " …";
    excerpt.lines.push_back(std::move(text));
  }
  if (number <= finding.line) return std::nullopt;  // the file has no such line
  return excerpt;
}

// Findings, and imports between layers.

// One part of the work; what is damaged costs that part only.
template <class Part>
void guarded(MergeReport& report, const Part& part) {
  try {
    part();
  } catch (const core::Error& error) {
    report.troubles.emplace_back(error.what());
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

void add_tree(session::Session& session, const core::ObjectId& commit, MergeReport& report) {
  facts::TreeImports tree_imports = gates::tree_imports_of(session, commit, {});
  const gates::WholeGraph whole = gates::graph_of(session, tree_imports);
  report.files_checked = whole.files;
  report.imports_checked = whole.imports;
  report.matrix = matrix_of(session.policy(), whole.graph);
}

// Imports that lead nowhere are known by what they were before: when the streams were started, or
// before the last commit.
void add_broken(session::Session& session, const MergeReportRequest& request, MergeReport& report) {
  auto before = core::ObjectId::from_hex(report.incoming.before);
  const auto parents = git::commit(session.repository(), request.commit).parents;
  if (!before && !parents.empty()) before = parents.front();
  if (!before) return;
  for (core::Finding& finding : conflicts::judge_merged(session, *before, request.commit)) {
    const bool known = std::ranges::any_of(report.findings, [&](const auto& found) {
      return found.entry.finding.path == finding.path && found.entry.finding.line == finding.line &&
             found.entry.finding.rule == finding.rule;
    });
    if (finding.rule == core::Rule::imports && !known)
      report.findings.push_back({{std::move(finding), false, {}}, {}});
  }
}

void add_findings(session::Session& session, const MergeReportRequest& request,
                  MergeReport& report) {
  report.of_merge = request.findings.has_value();
  if (request.findings) {
    for (const core::Finding& finding : *request.findings)
      report.findings.push_back({{finding, false, {}}, {}});
  } else {
    for (report::Entry& entry : gates::check_all(session, request.commit, false, {}).entries)
      report.findings.push_back({std::move(entry), {}});
    add_broken(session, request, report);
  }
  constexpr std::size_t kExcerpts = 500;
  for (std::size_t i = 0; i < std::min(kExcerpts, report.findings.size()); ++i) {
    report::ReportedFinding& found = report.findings[i];
    found.excerpt = excerpt_of(session.repository(), request.commit, found.entry.finding);
  }
}

// The log does not say what the steps ran; the policy does.
void add_commands(const std::vector<core::ValidateStep>& steps, MergeReport& report) {
  for (const core::ValidateStep& step : steps) {
    for (report::StepRun& run : report.steps) {
      if (run.name == step.name && run.command.empty()) run.command = step.run;
    }
  }
}

std::string who_runs(session::Session& session) {
  const core::Identity& identity = session.identity();
  if (identity.stream || identity.agent) return identity.name();
  return session.repository().config("user.name").value_or("");
}

}  // namespace

MergeReport gather_merge_report(session::Session& session, const MergeReportRequest& request) {
  MergeReport report;
  report.repository = conflicts::repository_name(session.repository().layout());
  report.version = core::kVersion;
  report.branch = request.branch;
  report.commit = request.commit.hex();
  report.occasion = request.occasion;
  report.made_at = state::now();
  report.offset = &state::offset_at;
  report.steps_note = request.steps_note;
  state::LogRead log;
  guarded(report, [&] { report.who = who_runs(session); });
  guarded(report, [&] { log = state::read_log(session.state().activity(), {}); });
  guarded(report, [&] { report.timeline = timeline_of(log); });
  guarded(report, [&] { report.incoming = incoming_of(session, request, log); });
  guarded(report, [&] { add_findings(session, request, report); });
  guarded(report, [&] { add_tree(session, request.commit, report); });
  guarded(report, [&] { report.streams = stream_summaries(session, report.troubles); });
  guarded(report, [&] {
    report.steps =
        request.steps ? *request.steps : logged_runs(session.repository(), log, request.commit);
    const auto steps = validation_steps(session);
    add_commands(steps, report);
    report.not_validated = steps_without_result(steps, report.steps);
  });
  return report;
}

}  // namespace gs::streams
