#pragma once
// Puts our entries into the settings of agents' programs in a worktree, and takes them out again.
//
// The files name this installation's program, as .git/hooks do, and are kept out of commits through
// info/exclude unless they are tracked already. Codex, in a linked worktree, reads the main
// worktree's file where its own is there: ours go into both. What they match is added to every
// policy's `protected` (app::note_protection).

#include <span>
#include <string>
#include <vector>

#include "lib/agents/settings_form.h"
#include "lib/git/repository.h"

namespace gs::agents {

// From "claude,codex"; throws core::Error (usage) with the nearest name for an unknown one.
std::vector<const SettingsForm*> forms_named(const std::string& list);

// What was done, a line each; empty when everything stood already. Throws core::Error for settings
// that cannot be read or are a symbolic link; those of other programs are done then.
std::vector<std::string> install_settings(const git::Layout& layout,
                                          std::span<const SettingsForm* const> forms);

// Ours out of every program's settings in this worktree. `others`: the tops of worktrees that may
// have some still.
std::vector<std::string> uninstall_settings(const git::Layout& layout,
                                            const std::vector<std::filesystem::path>& others);

}  // namespace gs::agents
