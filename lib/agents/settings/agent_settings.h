#pragma once
// Puts our entries into the settings of agents' programs in a worktree, and takes them out again.
//
// The files name the program that .git/hooks do (install/program_copy.h), and are kept out of
// commits through info/exclude unless they are tracked already. Codex, in a linked worktree, reads
// the main worktree's file where its own is there: ours go into both. What they match is added to
// every policy's `protected` (policy::note_protection).

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/git/repository.h"

namespace gs::agents {

struct SettingsEntry {
  std::string_view event;
  std::string_view matcher;  // of tools' names; empty: all, or an event without tools
  bool guards = false;       // it can stop a tool call, and must when we cannot be run
};

struct SettingsForm {
  std::string_view dialect;
  std::string_view file;        // below a worktree's top
  std::string_view protection;  // the pattern of what nobody in a stream may change then
  bool versioned = false;       // `"version": 1` is required
  bool shared = false;          // in linked worktrees the main one's file is read
  std::string (*item)(const SettingsEntry& entry, const std::string& command);
  std::string_view inner = {};  // an item's own list of commands, where it has one
  std::span<const SettingsEntry> entries;
};

std::span<const SettingsForm> settings_forms();
const SettingsForm* find_form(std::string_view dialect);  // null: none

// The line of the shell that the program runs for an entry. A guard that is gone blocks.
std::string hook_command(const std::filesystem::path& program, const SettingsForm& form,
                         const SettingsEntry& entry);

// The settings with our entries in them, and without; nothing else is changed. An absent file is
// an empty text; without ours, nothing is returned where nothing else was in it. Both throw
// core::Error (usage) for what cannot be read.
std::string with_ours(const SettingsForm& form, const std::string& text, const std::string& file,
                      const std::filesystem::path& program);
std::optional<std::string> without_ours(const SettingsForm& form, const std::string& text,
                                        const std::string& file);
bool has_ours(const SettingsForm& form, std::string_view text);

// From "claude,codex"; throws core::Error (usage) with the nearest name for an unknown one.
std::vector<const SettingsForm*> forms_named(const std::string& list);

// What was done, a line each; empty when everything stood already. Throws core::Error for settings
// that cannot be read or are a symbolic link; those of other programs are done then.
std::vector<std::string> install_settings(const git::Layout& layout,
                                          std::span<const SettingsForm* const> forms);

// Makes entries of ours that stand in this worktree's settings name the hooks' program, where they
// name another one; what was done, as above.
std::vector<std::string> renew_settings(const git::Layout& layout);

// Ours out of every program's settings in this worktree. `others`: the tops of worktrees that may
// have some still.
std::vector<std::string> uninstall_settings(const git::Layout& layout,
                                            const std::vector<std::filesystem::path>& others);

}  // namespace gs::agents
