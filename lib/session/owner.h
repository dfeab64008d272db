#pragma once
// Whose worktree this is when it is no stream's, and whether an agent is at work in it (contract,
// section 3).

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/git/repository.h"
#include "lib/session/session.h"

namespace gs::session {

// ---- Owners' worktrees: from them alone the policy changes. `init` records the one it runs in, in
// a file stream/owner of the worktree's own git directory. While none is recorded (a clone where
// only `install` ran, or set up by a former version) the main worktree is the owner's; in a bare
// repository that one which has the integration branch checked out. An enrolled worktree never is.

void record_owners(const std::filesystem::path& git_dir);
bool is_owners(const git::Repository& repository);
bool is_owners(const git::Repository& repository, const git::Worktree& worktree);
// Whether any worktree is recorded as one.
bool has_recorded_owner(const git::Repository& repository);
// Where an owner works, for messages: "/path/shop"; "an owner's worktree" when there is none.
std::string owners_place(const git::Repository& repository);

// Why whoever runs this is taken for an agent: "GIT_STREAM_AGENT is set", "this worktree is
// agent-F1's", "this session works as agent-F1", "it was called from PATH, …"; nothing when none of
// that is so.
std::optional<std::string> agent_at_work(const git::Repository& repository);

// Whether nothing but this worktree's own record says so.
bool only_by_record(const git::Repository& repository);

// An owner's worktree, and nothing says that an agent is at work.
bool owner_acts(const git::Repository& repository);

// By what name an owner who acts here is called: git's user.name, marked as an owner's
// ("Ada Lovelace (owner)"). Nothing where no owner acts, and where a push arrives.
std::optional<std::string> owner_name(const git::Repository& repository);

// ---- A folder that is recorded as a stream's worktree, in which git works for the main one: it
// lies below it and has lost its `.git`, or GIT_DIR says so.

struct LostWorktree {
  std::filesystem::path path;
  std::string stream;  // or agent
  std::string how;     // "has lost its .git: …"
  std::string repair;  // the command that brings it back
};
// `folder`: where whoever asks stands; absolute. Folders that HEAD has are not looked at closely.
std::optional<LostWorktree> lost_worktree(Session& session, const std::filesystem::path& folder);
// Throws core::Error (broken) for such a folder, with the repair.
void require_no_lost_worktree(Session& session, const std::filesystem::path& folder);
// What such an error says.
std::string lost_text(const LostWorktree& lost);

// Where git, or a command, was called: GIT_PREFIX in a hook, else the working directory.
std::filesystem::path calling_folder(const git::Layout& layout);

}  // namespace gs::session
