#include "lib/agents/outside_changes.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/agents/acting.h"
#include "lib/app/git_command.h"
#include "lib/app/verdict_text.h"
#include "lib/core/scope.h"
#include "lib/core/text.h"
#include "lib/store/atomic_file.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> uncommitted(const git::Layout& layout) {
  const process::Result status =
      app::run_git(layout, {"--no-optional-locks", "status", "--porcelain", "-z", "--no-renames",
                            "--untracked-files=all"});
  std::vector<std::string> paths;
  if (status.status != 0) return paths;  // the gates look again
  for (std::string_view rest = status.output; rest.size() > 3;) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    paths.emplace_back(rest.substr(3, end - 3));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return paths;
}

// What was said last in this worktree; remembered, so that it is said once.
bool said_before(const fs::path& git_dir, const std::string& text) {
  constexpr std::size_t kLargest = 1 << 20;
  const fs::path file = git_dir / "stream" / "outside";
  const std::string before = store::read_file(file, kLargest).value_or("");
  if (before == text) return true;
  fs::create_directories(file.parent_path());
  store::AtomicFile after(file, store::AtomicFile::Durability::cache);
  after.write(text);
  after.commit();
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

}  // namespace

std::string outside_changes(app::Session& session, const Call& call) {
  constexpr std::size_t kNamed = 20;
  const git::Layout& layout = session.repository().layout();
  if (!session.pinned() || session.identity().outsider() || !layout.worktree) return {};
  const Acting acting(session, call.session, {});
  const core::ScopeMap scopes(session.policy(), session.identity(),
                              session.repository().ignore_case());
  std::string lines, first;
  std::size_t count = 0;
  for (const std::string& path : uncommitted(layout)) {
    const core::Place place = scopes.place(path);
    if (place.standing != core::Standing::protected_path &&
        place.standing != core::Standing::foreign)
      continue;
    if (++count > kNamed) continue;
    if (first.empty()) first = path;
    lines += line_for(session.policy(), place, path);
  }
  if (said_before(layout.git_dir, lines)) return {};
  std::string text = "git-stream: changed out of scope of " + app::describe(session.identity()) +
                     ", and no commit will take it\n" + lines;
  if (count > kNamed) text += fmt::format("  … and {} more\n", count - kNamed);
  return text + "    next: git restore --staged --worktree -- " + core::quote_shell(":/" + first) +
         "\n";
}

}  // namespace gs::agents
