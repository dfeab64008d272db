// git stream merge: completed streams into the integration branch.

#include "lib/streams/merge/merge.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>

#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/git/refs/history.h"
#include "lib/report/findings.h"
#include "lib/streams/merge/after_merge.h"
#include "lib/streams/report_store.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/handoff_text.h"
#include "plugins/git-stream/output/stream_names.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using streams::MergeReport;
using MergeOutcome = MergeReport::Outcome;

struct MergeOptions {
  std::vector<std::string> streams;
  bool dry_run = false, keep = false, remotes = false;
};

// What to do where git cannot merge, or the result is wrong: in the stream's own worktree.
std::string mend(const MergeReport& report) {
  std::string branch = report.branch.str();  // git makes one that follows a remote's of its name
  if (!report.remote.empty()) branch.erase(0, report.remote.size() + 1);
  std::string git = "git switch " + core::quote_shell(branch) + " && git ";
  if (!report.worktree.empty()) git = "git -C " + core::quote_shell(report.worktree.string()) + " ";
  return fmt::format("{}merge {}, mend it, commit, then git stream complete {}", git,
                     core::quote_shell(report.into.str()), report.stream.str());
}

void complain(const std::string& what, const std::string& next) {
  std::fprintf(stderr, "git-stream: %s\n", what.c_str());
  if (!next.empty()) std::fprintf(stderr, "  next: %s\n", next.c_str());
}

std::string merge_conflict_text(const MergeReport& report, const streams::MergeConflict& conflict) {
  const auto side = [](const std::string& who, const core::BranchName& branch) {
    return core::printable(branch.str()) + ": " + (who.empty() ? "unchanged" : who);
  };
  return fmt::format("  {}: conflict ({}): {}; {}\n", core::quote_path(conflict.path),
                     conflict.kind, side(conflict.ours, report.into),
                     side(conflict.theirs, report.branch));
}

void say_conflicts(const MergeReport& report) {
  std::string text = fmt::format("merge blocked for stream {}: {} with {}\n", report.stream.str(),
                                 core::counted(report.conflicts.size(), "conflict"),
                                 core::printable(report.into.str()));
  constexpr std::size_t kMost = 20;
  for (std::size_t i = 0; i < std::min(report.conflicts.size(), kMost); ++i)
    text += merge_conflict_text(report, report.conflicts[i]);
  if (report.conflicts.size() > kMost)
    text += fmt::format("  … and {} more\n", report.conflicts.size() - kMost);
  text.pop_back();
  complain(text, mend(report));
}

void say_verdict(const MergeReport& report) {
  if (report.verdict.findings.empty()) return;
  const core::Identity stream{report.stream, std::nullopt, core::Identity::Source::branch};
  if (report.bypassed) {
    complain(fmt::format("bypassed for stream {}: {}", report.stream.str(),
                         core::printable(*report.bypassed)),
             "");
  } else {
    std::fputs(gates::verdict_text(report.verdict, stream, "merge").c_str(), stderr);
  }
}

// To stderr: what stands in the way, or should be known.
void say_trouble(const MergeReport& report) {
  std::fputs(report.hook_output.c_str(), stderr);
  if (report.outcome == MergeOutcome::conflicts) say_conflicts(report);
  say_verdict(report);
  if (report.outcome == MergeOutcome::blocked)
    std::fprintf(stderr, "  next: %s\n", mend(report).c_str());
  if (report.outcome == MergeOutcome::refused) {
    complain(fmt::format("stream {} cannot be merged: {}", report.stream.str(), report.reason),
             report.next);
  }
}

// Of a stream with several branches each; of one only how it came in otherwise than by a merge.
void say_branches(const MergeReport& report) {
  const bool several = report.branches.size() + report.left.size() > 1;
  for (const streams::MergedBranch& branch : report.branches) {
    const bool by_content = branch.how != git::MergedHow::ancestry;
    if (!several && !by_content && branch.remote.empty()) continue;
    const char* const state = report.outcome == MergeOutcome::mergeable ? "can be merged"
                              : branch.now                              ? "merged"
                                                                        : "was in";
    std::string text = fmt::format("  {}: {}", core::printable(branch.name.str()), state);
    if (branch.commit) text += " (" + core::short_id(*branch.commit) + ")";
    if (by_content) text += ": " + std::string(git::merged_text(branch.how));
    if (!branch.remote.empty()) text += ", and is not here";
    std::printf("%s\n", text.c_str());
  }
  for (const core::BranchName& branch : report.left) {
    if (several) std::printf("  %s: not merged\n", core::printable(branch.str()).c_str());
  }
}

void say_done(const MergeReport& report) {
  const std::string stream = "stream " + report.stream.str(),
                    into = core::printable(report.into.str());
  if (report.outcome == MergeOutcome::merged && report.commit) {
    std::printf("%s is merged into %s (%s)\n", stream.c_str(), into.c_str(),
                core::short_id(*report.commit).c_str());
  } else if (report.outcome == MergeOutcome::merged) {
    std::printf("%s is merged: %s had all of it\n", stream.c_str(), into.c_str());
  } else if (report.outcome == MergeOutcome::already) {
    std::printf("%s is merged already\n", stream.c_str());
  } else if (report.outcome == MergeOutcome::mergeable) {
    std::printf("%s can be merged into %s: %s\n", stream.c_str(), into.c_str(),
                core::counted(report.files, "file").append(" would change").c_str());
  }
  say_branches(report);
  for (const std::string& what : report.removed) std::printf("  removed %s\n", what.c_str());
  for (const std::string& what : report.kept) std::printf("  kept %s\n", what.c_str());
}

void say_ready(const std::vector<MergeReport>& reports) {
  for (const MergeReport& report : reports) {
    for (const core::StreamId& id : report.ready)
      std::printf("stream %s can start: git stream start %s\n", id.str().c_str(), id.str().c_str());
  }
}

void write_findings(core::JsonWriter& json, const MergeReport& report) {
  json.key("conflicts").begin_array();
  for (const streams::MergeConflict& conflict : report.conflicts) {
    json.begin_object()
        .member("file", core::json_path(conflict.path))
        .member("kind", conflict.kind);
    json.member("message", conflict.text).member("ours", conflict.ours);
    json.member("theirs", conflict.theirs).end_object();
  }
  json.end_array().key("findings").begin_array();
  for (const core::Finding& finding : report.verdict.findings) {
    json.begin_object().member("rule", core::rule_name(finding.rule));
    json.member("severity", finding.severity == core::Severity::block ? "block" : "warn");
    json.member("file", core::json_path(finding.path)).member("line", finding.line);
    json.member("message", finding.message).member("hint", finding.hint).end_object();
  }
  json.end_array();
}

void write_branches(core::JsonWriter& json, const MergeReport& report) {
  json.key("branches").begin_array();
  for (const streams::MergedBranch& branch : report.branches) {
    json.begin_object().member("name", core::json_path(branch.name.str()));
    json.member("tip", branch.tip.hex()).member("how", git::merged_text(branch.how));
    json.member("now", branch.now).key("commit");
    branch.commit ? json.value(branch.commit->hex()) : json.null();
    json.end_object();
  }
  json.end_array().key("left").begin_array();
  for (const core::BranchName& branch : report.left) json.value(core::json_path(branch.str()));
  json.end_array();
}

void write_json(core::JsonWriter& json, const MergeReport& report) {
  json.begin_object().member("stream", report.stream.str());
  json.member("outcome", streams::outcome_name(report.outcome));
  json.member("branch", core::json_path(report.branch.str()));
  json.member("into", core::json_path(report.into.str())).key("commit");
  report.commit ? json.value(report.commit->hex()) : json.null();
  json.key("from");
  report.from ? json.value(report.from->hex()) : json.null();
  json.member("files", report.files);
  const bool to_mend =
      report.outcome == MergeOutcome::conflicts || report.outcome == MergeOutcome::blocked;
  json.member("reason", report.reason);
  json.member("next", to_mend ? mend(report) : report.next);
  write_branches(json, report);
  write_findings(json, report);
  write_texts(json, "removed", report.removed);
  write_texts(json, "kept", report.kept);
  std::vector<std::string> ready;
  for (const core::StreamId& id : report.ready) ready.push_back(id.str());
  write_texts(json, "can_start", ready);
  json.end_object();
}

// Those that were asked for and not come to.
std::vector<std::string> not_tried(const std::vector<core::StreamId>& wanted,
                                   const std::vector<MergeReport>& reports) {
  std::vector<std::string> left;
  for (const core::StreamId& stream : wanted) {
    if (std::ranges::find(reports, stream, &MergeReport::stream) == reports.end())
      left.push_back(stream.str());
  }
  return left;
}

std::string occasion(const MergeOptions& options) {
  std::string text = "git stream merge";
  for (const std::string& stream : options.streams) text += " " + stream;
  return text;
}

struct Moves {
  core::ObjectId before, after;
  bool now = false;  // else an interrupted merge made them
};

// From where the integration branch was when the first merge commit was made, however long this
// waited and whatever came in meanwhile, to the last one.
std::optional<Moves> moves_of(session::Session& session, const std::vector<MergeReport>& reports) {
  std::optional<Moves> moves;
  const auto add = [&](const core::ObjectId& commit) {
    const auto parents = git::commit(session.repository(), commit).parents;
    if (!parents.empty()) moves = {moves ? moves->before : parents.front(), commit};
  };
  for (const MergeReport& report : reports) {
    for (const streams::MergedBranch& branch : report.branches) {
      if (branch.now && branch.commit) add(*branch.commit);
    }
  }
  if (!moves && !reports.empty() && reports.back().commit) add(*reports.back().commit);
  if (moves)
    moves->now = std::ranges::any_of(reports, [](const auto& r) { return r.from.has_value(); });
  return moves;
}

// What an interrupted merge moved is looked after while it is the tip, unless somebody has done it.
bool looked_after(session::Session& session, const Moves& moves) {
  if (moves.now) return false;
  const std::string branch = "refs/heads/" + session.policy().integration_branch.str();
  if (session.repository().resolve(branch) != moves.after) return true;
  return std::ranges::any_of(streams::stored_reports(session.state()), [&](const auto& report) {
    return report.commit == moves.after.hex();
  });
}

// Once for all that was merged. The caller's own worktree, where it has the branch, comes first.
streams::AfterMerge look_after(const MergeOptions& options, session::Session& session,
                               const std::vector<MergeReport>& reports) {
  if (options.dry_run) return {};
  session.forget();  // what was merged may have brought another policy
  const auto moves = moves_of(session, reports);
  if (!moves || looked_after(session, *moves)) return {};
  const core::BranchName branch = session.policy().integration_branch;
  streams::MovedBranch moved{moves->before, moves->after, branch.str(), occasion(options), {}};
  for (const git::Worktree& worktree : session.repository().worktrees()) {
    const bool here = session.repository().layout().worktree == worktree.path;
    if (worktree.branch == branch && !worktree.prunable && (here || !moved.worktree))
      moved.worktree = worktree.path;
  }
  return streams::after_stream_merge(session, moved);
}

ExitCode merge(const MergeOptions& options, Context& context) {
  if (options.streams.empty())
    throw Error(ExitCode::usage, "which stream?", "git stream merge STREAM");
  session::Session& session = context.session();
  const std::vector<core::StreamId> wanted = named_streams(session.policy(), options.streams);
  std::error_code ignored;  // whoever stands in a folder that is gone stands in no worktree
  const auto reports = streams::merge_streams(
      session, wanted,
      {options.dry_run, options.keep, std::filesystem::current_path(ignored), options.remotes});
  const std::vector<std::string> left = not_tried(wanted, reports);
  core::JsonWriter json = Context::begin_json();
  json.member("dry_run", options.dry_run).key("merges").begin_array();
  for (const MergeReport& report : reports) {
    if (context.json) {
      write_json(json, report);
    } else {
      say_trouble(report);
      say_done(report);
    }
  }
  json.end_array();
  write_texts(json, "not_tried", left);
  std::fflush(stdout);
  const streams::AfterMerge after = look_after(options, session, reports);
  json.member("sound", after.sound).key("report");
  after.report ? json.value(core::json_path(after.report->native())) : json.null();
  if (context.json) Context::print_json(json);
  if (!context.json) say_ready(reports);
  for (const std::string& name : left) complain("stream " + name + " was not tried", "");
  const bool stopped = !reports.empty() && reports.back().stopped();
  return stopped || !after.sound ? ExitCode::findings : ExitCode::clean;
}

}  // namespace

Action declare_merge(CommandLine& app) {
  auto options = std::make_shared<MergeOptions>();
  app.option("streams,--stream,--streams", options->streams,
             "the streams, those that others depend on first")
      .separated_by(',')
      .called("STREAMS");
  Option dry =
      app.flag("--dry-run", options->dry_run, "find out what would happen, and change nothing");
  app.flag("-r,--remotes", options->remotes,
           "with --dry-run: with streams' branches that are at remotes only, as if they were "
           "completed here")
      .needs(dry);
  app.flag("--keep", options->keep, "leave worktree and branch where they are");
  return [options](Context& context) { return merge(*options, context); };
}

}  // namespace gs::command
