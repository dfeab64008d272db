#include "lib/agents/agent_messages.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/agents/session_identity.h"
#include "lib/core/policy.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/install/git_config.h"
#include "lib/session/shared_logs.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/handoffs.h"
#include "lib/state/locks.h"
#include "lib/state/requests.h"

namespace gs::agents {

namespace {

constexpr std::size_t kListed = 6, kHandoffs = 3;  // one screen

std::string joined(const std::vector<std::string>& items, std::size_t most = kListed) {
  return core::listed(items, core::printable, most);
}

std::string scope_lines(const core::Policy& policy, const core::Identity& who) {
  std::string text;
  const core::StreamSpec* stream = policy.find_stream(*who.stream);
  if (stream == nullptr) return text;
  for (const core::AgentSpec& agent : stream->agents) {
    if (who.agent && agent.id != *who.agent) continue;
    const std::string name = who.agent ? "" : agent.id.full() + ": ";
    text += "  may change: " + name + joined(agent.files) + "\n";
  }
  if (!policy.shared.empty()) text += "  shared with all: " + joined(policy.shared) + "\n";
  return text;
}

std::string lock_lines(session::Session& session) {
  std::string text;
  std::size_t others = 0;
  for (const core::Lock& lock : state::read_locks(session.state())) {
    if (!lock.live(session.now())) continue;
    const bool own = core::same_holder(lock.agent, session.identity().name());
    if (++others > kListed) continue;
    const std::string until = core::format_local(lock.expires, session.now(), &state::offset_at);
    text += fmt::format("  locked by {}: {} until {}{}{}\n",
                        own ? "you" : core::printable(lock.agent), core::quote_path(lock.path),
                        until, lock.task.empty() ? "" : ": ", core::printable(lock.task));
  }
  if (others > kListed)
    text += fmt::format("  … and {} more locks: git stream locks\n", others - kListed);
  return text;
}

bool is_for(const state::Handoff& handoff, const core::Identity& who) {
  return std::any_of(handoff.to_agents.begin(), handoff.to_agents.end(), [&](const auto& receiver) {
    if (receiver == "stream-" + who.stream->str() || receiver == who.stream->str()) return true;
    return who.agent && core::same_holder(receiver, who.agent->full());
  });
}

std::string handoff_lines(session::Session& session) {
  std::vector<state::Handoff> mine = session::all_handoffs(session);
  std::erase_if(mine, [&](const auto& handoff) { return !is_for(handoff, session.identity()); });
  std::string text;
  const std::size_t from = mine.size() > kHandoffs ? mine.size() - kHandoffs : 0;
  for (std::size_t i = from; i < mine.size(); ++i) {
    text += "  handed over by " + core::printable(mine[i].from_agent);
    if (!mine[i].host.empty()) text += " on " + core::printable(mine[i].host);
    if (!mine[i].completed_tasks.empty()) text += "; done: " + joined(mine[i].completed_tasks, 3);
    if (!mine[i].new_interfaces.empty()) text += "; new: " + joined(mine[i].new_interfaces, 3);
    if (!mine[i].breaking_changes.empty())
      text += "; breaking: " + joined(mine[i].breaking_changes, 3);
    text += "\n";
  }
  if (from > 0) text += fmt::format("  … and {} earlier ones: git stream handoff\n", from);
  return text;
}

std::string request_lines(session::Session& session) {
  constexpr std::size_t kShown = 300;  // bytes of each
  std::vector<state::Request> mine = state::read_requests(session.state().activity());
  std::erase_if(mine, [&](const state::Request& request) {
    return !request.open() || !state::is_for(request, session.identity(), session.policy());
  });
  std::string text;
  for (std::size_t i = 0; i < mine.size() && i < kListed; ++i)
    text += fmt::format("  asked by {}: {} (when done: git stream ask --done {})\n",
                        core::printable(mine[i].from),
                        core::printable(core::cut_text(mine[i].text, kShown)), mine[i].number);
  if (mine.size() > kListed)
    text += fmt::format("  … and {} more requests: git stream handoff\n", mine.size() - kListed);
  return text;
}

std::string warning_lines(session::Session& session) {
  state::LogFilter filter;
  const core::Identity& who = session.identity();
  if (who.agent) filter.agent = who.agent->full();
  filter.stream = who.stream->str();
  filter.last = kHandoffs;
  std::string text;
  for (const state::LogLine& line : state::read_log(session.state().warnings(), filter).lines) {
    text += "  warned: " + core::printable(state::log_field(line.activity, "path")) + ": " +
            core::printable(state::log_field(line.activity, "warning")) + "\n";
  }
  return text;
}

}  // namespace

std::string briefing(session::Session& session) {
  const core::Identity& who = session.identity();
  if (!session.pinned() || !who.stream) return {};
  std::string text = "git-stream: you are " + session::describe(who) + " in this worktree\n";
  text += scope_lines(session.policy(), who);
  text += lock_lines(session);
  text += request_lines(session);
  text += handoff_lines(session);
  text += warning_lines(session);
  return text +
         "  Edits out of scope or locked by others are refused, with the next command to run; "
         "so are commits.\n";
}

namespace {

namespace fs = std::filesystem;

struct Uncommitted {
  std::string path;
  bool untracked = false, staged_only = false;  // staged_only: the file is as it is in the index
};

std::vector<Uncommitted> uncommitted(const git::Layout& layout) {
  const process::Result status =
      install::run_git(layout, {"--no-optional-locks", "status", "--porcelain", "-z",
                                "--no-renames", "--untracked-files=all"});
  std::vector<Uncommitted> all;
  if (status.status != 0) return all;  // the gates look again
  for (std::string_view rest = status.output; rest.size() > 3;) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    all.push_back({std::string(rest.substr(3, end - 3)), rest.starts_with("??"), rest[1] == ' '});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

void write_note(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  state::AtomicFile out(file, state::AtomicFile::Durability::cache);
  out.write(text);
  out.commit();
}

// What was said last in this worktree; remembered, so that it is said once.
bool said_before(const fs::path& git_dir, const std::string& text) {
  constexpr std::size_t kLargest = 1 << 20;
  const fs::path file = git_dir / "stream" / "outside";
  const std::string before = state::read_file(file, kLargest).value_or("");
  if (before == text) return true;
  write_note(file, text);
  return text.empty();
}

std::string line_for(const core::Policy& policy, const core::Place& place,
                     const std::string& path) {
  std::string text = "  " + core::quote_path(path) + ": ";
  if (place.standing == core::Standing::protected_path)
    return text + "nobody in a stream may change it\n";
  const core::StreamSpec* stream = policy.stream_of(place.owners.front());
  text += "belongs to " + place.owners.front().full();
  return text + (stream != nullptr ? " (stream " + stream->id.str() + ")\n" : "\n");
}

constexpr std::size_t kNamed = 20;

std::string pathspec(const std::string& path) {
  const bool plain = path.find_first_of("*?[\\") == std::string::npos;
  return (plain ? ":/" : ":(top,literal)") + path;
}

// The command behind which the paths are named; in a file, where there are too many to read.
std::string with_paths(const std::string& command, const std::vector<std::string>& paths,
                       const std::string& from_file, const fs::path& file) {
  std::string text = command + " --";
  if (paths.size() <= kNamed) {
    for (const std::string& path : paths) text += " " + core::quote_shell(pathspec(path));
    return text;
  }
  std::string all;
  for (const std::string& path : paths) all.append(pathspec(path)).append(1, '\0');
  write_note(file, all);
  return from_file + core::quote_shell(file.string());
}

// A merge stages what it brings along.
bool comes_along(const core::ChangeSet& own, const Uncommitted& change) {
  return change.staged_only &&
         std::ranges::find(own, change.path, &core::Change::path) == own.end();
}

// Where agents of a stream share a worktree, it may be what a colleague has in hand.
bool may_be_a_colleagues(session::Session& session, const core::Place& place) {
  const auto& own = session.identity().stream;
  return std::ranges::any_of(place.owners, [&](const core::AgentId& owner) {
    const core::StreamSpec* stream = session.policy().stream_of(owner);
    return stream != nullptr && stream->id == own;
  });
}

// Takes back what is out of scope, and nothing else.
std::string way_back(const git::Layout& layout, const std::vector<Uncommitted>& changes) {
  std::vector<std::string> tracked, untracked;
  for (const Uncommitted& change : changes)
    (change.untracked ? untracked : tracked).push_back(change.path);
  const fs::path notes = layout.git_dir / "stream";
  std::string text;
  if (!tracked.empty())
    text = with_paths("git restore --staged --worktree", tracked,
                      "git restore --staged --worktree --pathspec-file-nul --pathspec-from-file=",
                      notes / "outside-changed");
  if (untracked.empty()) return text;
  if (!text.empty()) text += " && ";
  return text + with_paths("git clean -f", untracked, "xargs -0 git clean -f -- < ",
                           notes / "outside-new");
}

}  // namespace

std::string outside_changes(session::Session& session, const Call& call) {
  const git::Layout& layout = session.repository().layout();
  if (!session.pinned() || session.identity().outsider() || !layout.worktree) return {};
  const SessionIdentity session_identity(session, call.session, {});
  const core::ScopeMap scopes(session.policy(), session.identity(),
                              session.repository().ignore_case());
  std::string lines;
  std::vector<Uncommitted> outside, own;
  const bool merges = !session.repository().merge_heads().empty();
  const core::ChangeSet staged = merges ? session.repository().staged_changes() : core::ChangeSet{};
  for (Uncommitted& change : uncommitted(layout)) {
    if (merges && comes_along(staged, change)) continue;
    const core::Place place = scopes.place(change.path);
    if (place.standing != core::Standing::protected_path &&
        place.standing != core::Standing::foreign)
      continue;
    if (outside.size() < kNamed) lines += line_for(session.policy(), place, change.path);
    if (!may_be_a_colleagues(session, place)) own.push_back(change);
    outside.push_back(std::move(change));
  }
  if (said_before(layout.git_dir, lines)) return {};
  std::string text = "git-stream: changed out of scope of " +
                     session::describe(session.identity()) + ", and no commit will take it\n" +
                     lines;
  if (outside.size() > kNamed) text += fmt::format("  … and {} more\n", outside.size() - kNamed);
  if (own.empty()) return text + "    next: leave it to its owner, if it is not yours\n";
  return text + "    next: " + way_back(layout, own) + "\n";
}

}  // namespace gs::agents
