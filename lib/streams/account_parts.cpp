// Commits, lines of source and streams, as a report tells of them.

#include <algorithm>
#include <charconv>
#include <map>

#include "lib/core/error.h"
#include "lib/git/refs/history.h"
#include "lib/streams/account.h"
#include "lib/streams/lifecycle/status.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

using report::MergedCommit;

std::string first_word(std::string text) {
  text.resize(std::min(text.find_first_of(" \n"), text.size()));
  return text;
}

// What the branch held when the first stream was started.
std::optional<core::ObjectId> at_the_start(app::Session& session, const core::ObjectId& commit) {
  const auto started = store::read_streams(session.state()).started_at;
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
std::map<std::string, Maker> makers_of(const store::LogRead& log) {
  std::map<std::string, Maker> makers;
  for (const store::LogLine& line : log.lines) {
    const store::Activity& activity = line.activity;
    if (activity.action != "committed" && activity.action != "merged") continue;
    const std::string commit = store::log_field(activity, "commit");
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
    if (maker->second.agent != "outsider") commit.author = maker->second.agent;
    commit.stream = maker->second.stream;
  }
  return commit;
}

report::NodeState node_state(StreamState standing) {
  switch (standing) {
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

}  // namespace

report::Incoming incoming_of(app::Session& session, const AccountRequest& request,
                             const store::LogRead& log) {
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

std::vector<report::AccountStream> account_streams(app::Session& session,
                                                   std::vector<std::string>& troubles) {
  const Overview overview = overview_of(session);
  for (const Damage& damage : overview.damage) troubles.push_back(damage.what);
  std::vector<report::AccountStream> streams;
  for (const StreamView& view : overview.streams) {
    report::AccountStream stream;
    stream.id = view.id.str();
    stream.name = view.name;
    stream.branch = view.branch.str();
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

}  // namespace gs::streams
