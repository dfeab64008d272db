#pragma once
// Puts hooks where git looks for them, next to what people have, and takes them out again.
//
// In place: core.hooksPath is not set and the hooks folder is a real folder of this repository.
// Ours stand in COMMONDIR/hooks; what was there is renamed (see chained_hook.h). Redirected: the
// user, or a tool like husky, has set core.hooksPath, perhaps to tracked files or for all
// repositories; nothing is written there. core.hooksPath of this repository (of this worktree,
// where extensions.worktreeConfig is on) then names COMMONDIR/stream/hooks, from where theirs are
// run. In the configuration (configured_hooks.h): where the user asks for it and git can do it.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/git/repository.h"
#include "lib/install/enrolment.h"
#include "lib/session/session.h"

namespace gs::install {

// The hooks that we judge or note, in the order in which they are listed.
const std::vector<std::string_view>& judged_hooks();
// Those of a repository that is pushed to and that nobody works in.
const std::vector<std::string_view>& server_hooks();

struct HookPlace {
  std::filesystem::path folder;        // where git looks now; absolute
  bool redirected = false;             // it is our own folder
  bool must_redirect = false;          // it is not ours to write in
  std::optional<std::string> setting;  // core.hooksPath as git resolves it
};
HookPlace find_hooks(const git::Layout& layout);

enum class HookState {
  ours,
  legacy,
  missing,
  foreign,
  not_executable,
  program_missing,
  program_not_executable,
  program_damaged,  // a copy whose bytes are not those that its name says
  program_foreign,
  other_version,
  other_program,   // of this version, but not the program that is asked
  switched_off,    // in the configuration
  not_in_this_git  // in the configuration, of which this git knows nothing
};
struct HookReport {
  std::string name;
  HookState state = HookState::missing;
  std::filesystem::path file;
  std::optional<std::filesystem::path> chained;  // the hook that runs after ours
  std::string setting;                           // its section, where it stands in configuration
  std::filesystem::path program = {};            // what it starts; empty: not ours
};
// How each of our hooks stands where git looks now.
std::vector<HookReport> inspect_hooks(const git::Layout& layout);

// Hooks of the user's that came after a redirection was set up and do not run; empty when in place.
std::vector<std::string> hooks_not_forwarded(const git::Repository& repository,
                                             const HookPlace& place);

// What was done, a line each; empty when everything stood already. Throws core::Error.
std::vector<std::string> install_hooks(const git::Layout& layout);
// In git's configuration, and nowhere else. Throws core::Error (usage) where this git has no such
// hooks.
std::vector<std::string> install_configured_hooks(const git::Repository& repository);
std::vector<std::string> install_server_hooks(const git::Layout& layout);
std::vector<std::string> uninstall_hooks(const git::Repository& repository);

// The program that what is installed here is to name, copied now if it was not (program_copy.h).
// Throws core::Error (broken).
std::filesystem::path program_for_hooks(const git::Layout& layout);

// What the installed hooks start, when that can be run; nothing where there are none.
std::optional<std::filesystem::path> program_of_hooks(const git::Layout& layout);

// Removes the copies of the program in the repository that no hook, no setting and none of `texts`
// (the settings of agents' programs) names; a line for each.
std::vector<std::string> prune_programs(const git::Repository& repository,
                                        const std::vector<std::string>& texts);

// Refs in tables have one lock for all of them, which git holds while the hooks judge a ref update,
// and for which others wait a tenth of a second: too short for many agents. Whether that is so
// here: reftable.lockTimeout is set nowhere.
bool waits_briefly_for_refs(const git::Layout& layout);

// A line in info/exclude, below a comment of ours ("# git-stream: NOTE"); no-op where it stands.
void exclude(const git::Layout& layout, const std::string& line, const std::string& note);

// Takes the line out again with its comment.
void unexclude(const git::Layout& layout, const std::string& line, const std::string& note);

// The line that keeps the links to the state out of commits; both are no-ops where it stands, or
// does not.
void add_exclude(const git::Layout& layout, const std::string& state_dir);
void remove_exclude(const git::Layout& layout, const std::string& state_dir);

// ---- What a repository needs before anyone works in an enrolled worktree of it.

// Records what the gates believe, makes the state files and the links to them, keeps those out of
// commits and installs the hooks. Returns what was done, a line each; nothing when all stood
// already.
enum class HooksIn { as_they_stand, configuration };
std::vector<std::string> set_up_repository(session::Session& session,
                                           Occasion occasion = Occasion::install,
                                           HooksIn where = HooksIn::as_they_stand);

// The gate of a bare repository that others push to, and nothing else. Throws core::Error (usage)
// where somebody works.
std::vector<std::string> set_up_server(session::Session& session);

// ---- Where our program is, seen from the process that runs.

// PREFIX/bin/git-stream; whether it is there is not asked.
std::filesystem::path own_program();

// The words that start our program as a hook, without a script of git's; the hook's arguments
// follow.
std::vector<std::string> own_hook(std::string_view hook);

}  // namespace gs::install
