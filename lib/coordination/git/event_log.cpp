#include "lib/coordination/git/event_log.h"

#include <algorithm>

#include "lib/coordination/table_format.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/state/journal.h"

namespace gs::coordination {

namespace fs = std::filesystem;

namespace {

constexpr char kFile[] = "events";
constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;  // bytes of a commit's file
constexpr std::size_t kLargestFile = state::kLongestLine + kMostAtOnce;
constexpr PieceSizes kPieces{kMostAtOnce, kLargestFile};
constexpr std::size_t kMostCommits = 64;  // that are read at once
constexpr char kOwn[] = "refs/stream/log/", kSeen[] = "refs/stream/seen/log/",
               kSeenHeads[] = "refs/stream/seen/heads/log/", kHeads[] = "refs/heads/stream/log/";

[[noreturn]] void fail(const std::string& what, const std::string& hint = {}) {
  throw core::Error(core::ExitCode::broken, what, hint);
}

struct RefTip {
  std::string ref, id;
};

std::vector<RefTip> refs_below(const RemotePlace& place, const std::string& prefix) {
  const std::string listing =
      git_output(place, {"for-each-ref", "--format=%(refname) %(objectname)", prefix});
  std::vector<RefTip> tips;
  for (std::string_view rest = listing; !rest.empty();) {
    std::string_view line = core::take_line(rest);
    const std::string_view ref = core::take_part(line, ' ');
    tips.push_back({std::string(ref), std::string(line)});
  }
  return tips;
}

std::string tip_of(const RemotePlace& place, const std::string& ref) {
  for (RefTip& tip : refs_below(place, ref))
    if (tip.ref == ref) return std::move(tip.id);
  return {};
}

// ---- Writing.

std::string message(const HostId& host, const LogMark& mark) {
  return "Log of " + host.str() + "\n\n" + render_mark(mark);
}

// How far the log was published, by whichever host this clone was then. One that was begun anew
// counts from its beginning.
LogMark mark_of(const LogRefs& refs, const fs::path& log) {
  LogMark last;
  for (const RefTip& own : refs_below(refs.place, kOwn)) {
    const LogMark mark = read_mark(git_output(refs.place, {"cat-file", "commit", own.id}));
    if (mark.offset > last.offset && is_of(mark, log)) last = mark;
  }
  return last;
}

}  // namespace

std::size_t write_events(const LogRefs& refs, const fs::path& activity) {
  const std::string ref = kOwn + refs.self.str();
  std::string tip = tip_of(refs.place, ref);
  std::size_t lines = 0;
  for (LogMark mark = mark_of(refs, activity);;) {
    const Addition added = addition(activity, mark, kPieces);
    if (added.lines.empty()) return lines;
    const std::string next =
        write_commit(refs.place, {kFile, added.lines, message(refs.self, added.end), tip});
    git_output(refs.place,
               {"update-ref", ref, next, tip.empty() ? std::string(next.size(), '0') : tip});
    lines += static_cast<std::size_t>(std::count(added.lines.begin(), added.lines.end(), '\n'));
    tip = next;
    mark = added.end;
  }
}

bool push_events(const LogRefs& refs) {
  // Those of hosts that this clone was before, too: the end of their logs may be here only.
  for (const RefTip& own : refs_below(refs.place, kOwn)) {
    const std::string name = own.ref.substr(std::string_view(kOwn).size());
    if (tip_of(refs.place, (refs.below_heads ? kSeenHeads : kSeen) + name) == own.id) continue;
    const std::string ref = (refs.below_heads ? kHeads : kOwn) + name;
    const PushResult result = push(refs.place, own.id, ref, std::nullopt);
    if (result.answer == PushAnswer::refused && !refs.below_heads) return false;
    // A copy of this clone goes on with what was one log: that end is there already.
    const bool there = result.answer == PushAnswer::moved || result.answer == PushAnswer::same;
    if (there || name != refs.self.str()) continue;
    fail("cannot publish the log of " + refs.self.str() + " to " +
             shown_address(refs.place.address) + ": " + result.why,
         "the log stays here; try again");
  }
  return true;
}

namespace {

// ---- Reading.

std::vector<std::string> commits_since(const RemotePlace& place, const std::string& tip,
                                       const std::string& before) {
  std::vector<std::string> arguments{"rev-list", "--reverse", "--first-parent", tip};
  if (!before.empty()) arguments.push_back('^' + before);
  arguments.emplace_back("--");
  const std::string listing = git_output(place, std::move(arguments));
  std::vector<std::string> commits;
  for (std::string_view rest = listing; !rest.empty();) commits.emplace_back(core::take_line(rest));
  return commits;
}

bool follows(const RemotePlace& place, const std::string& tip, const std::string& before) {
  return run_git(place, {"merge-base", "--is-ancestor", before, tip}).status == 0;
}

void read_host(const LogRefs& refs, const HostId& host, const std::string& tip, ReadEvents& read) {
  std::string& position = read.position[host];
  if (position == tip) return;
  if (!position.empty() && !follows(refs.place, tip, position)) {
    read.faults.push_back("the log of " + host.str() + " was written anew");
    return;
  }
  const std::vector<std::string> commits = commits_since(refs.place, tip, position);
  for (std::size_t i = 0; i < commits.size(); i += kMostCommits) {
    const auto end =
        commits.begin() + static_cast<std::ptrdiff_t>(std::min(i + kMostCommits, commits.size()));
    const std::vector<std::string> part(commits.begin() + static_cast<std::ptrdiff_t>(i), end);
    for (const auto& file : read_files(refs.place, part, kFile, kLargestFile)) {
      add_lines(file.value_or(""), host, read);
      read.torn += file ? 0U : 1U;
    }
    position = part.back();
  }
}

}  // namespace

ReadEvents read_events(const LogRefs& refs, const LogPosition& position) {
  ReadEvents read;
  read.position = position;
  const std::string refused = fetch(refs.place,
                                    {"refs/stream/log/*:refs/stream/seen/log/*",
                                     "refs/heads/stream/log/*:refs/stream/seen/heads/log/*"},
                                    false);
  if (!refused.empty()) read.faults.push_back("a log was written anew: " + refused);
  for (const char* const prefix : {kSeen, kSeenHeads}) {
    for (const RefTip& seen : refs_below(refs.place, prefix)) {
      const HostId host(seen.ref.substr(std::string_view(prefix).size()));
      if (host == refs.self || !valid_host(host.str())) continue;
      try {
        read_host(refs, host, seen.id, read);
      } catch (const core::Error& error) {
        read.faults.emplace_back(error.what());
      }
    }
  }
  return read;
}

}  // namespace gs::coordination
