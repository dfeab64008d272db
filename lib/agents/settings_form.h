#pragma once
// How each agent's program is told to ask us: its settings file, and what stands in it.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

}  // namespace gs::agents
