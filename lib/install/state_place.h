#pragma once
// Where the state is: one folder in the common git directory, and in each worktree a symbolic link
// to it, so that the reference design's relative paths lead there from everywhere. Only commands
// make links, never a hook.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/session/session.h"
#include "lib/state/streams.h"

namespace gs::install {

// Where there is no state yet: moves in what a former version, or the reference design's set-up,
// has made (an untracked real folder), under its own locks. Returns what was done, a line each.
// Throws core::Error (broken) when somebody holds it, or it cannot be moved.
std::vector<std::string> adopt_state(session::Session& session);

// How the link of a worktree stands.
struct StateLink {
  enum class Kind { right, missing, stale, real_folder, other, tracked, leads_out };
  Kind kind = Kind::right;
  std::filesystem::path link;
  std::string why;  // in words; empty when right
  bool mendable() const { return kind == Kind::missing || kind == Kind::stale; }
};
StateLink look_at_link(const git::Layout& layout, const std::filesystem::path& worktree,
                       const std::string& state_dir);

// Makes the link where it is missing, or leads to where the repository was before it was moved;
// anything else stays as it is. Whether it was made. `may_be_tracked`: otherwise git is not asked
// about a link that is missing.
bool make_link(const git::Layout& layout, const std::filesystem::path& worktree,
               const std::string& state_dir, bool may_be_tracked = true);
// Those of all worktrees that can be reached.
void make_links(const session::Session& session, const std::string& state_dir);
// Takes out those that are ours.
void remove_links(const session::Session& session, const std::string& state_dir);

// What the records of streams still have by another hash than the repository's, which was converted
// since: the commits at which streams were completed. Those that are merged are history.
struct OldCommits {
  std::string what, next;
};
std::optional<OldCommits> commits_of_another_hash(const state::Streams& recorded,
                                                  core::ObjectFormat format);

}  // namespace gs::install
