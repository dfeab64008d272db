#include "lib/agents/settings_form.h"

#include <algorithm>

#include "lib/agents/settings_text.h"
#include "lib/core/json_writer.h"
#include "lib/core/text.h"

namespace gs::agents {

namespace {

using core::JsonWriter;

constexpr int kSeconds = 10;  // of patience; a call takes a few milliseconds

std::string grouped(const SettingsEntry& entry, const std::string& command, int timeout) {
  JsonWriter json;
  json.begin_object();
  if (!entry.matcher.empty()) json.member("matcher", entry.matcher);
  json.key("hooks").begin_array().begin_object();
  json.member("type", "command").member("command", command).member("timeout", timeout);
  return json.end_object().end_array().end_object().take();
}

std::string in_seconds(const SettingsEntry& entry, const std::string& command) {
  return grouped(entry, command, kSeconds);
}

std::string in_milliseconds(const SettingsEntry& entry, const std::string& command) {
  return grouped(entry, command, kSeconds * 1000);
}

std::string for_cursor(const SettingsEntry& entry, const std::string& command) {
  JsonWriter json;
  json.begin_object().member("command", command);
  if (!entry.matcher.empty()) json.member("matcher", entry.matcher);
  json.member("timeout", kSeconds);
  if (entry.guards) json.member("failClosed", true);
  return json.end_object().take();
}

std::string for_copilot(const SettingsEntry& entry, const std::string& command) {
  JsonWriter json;
  json.begin_object().member("type", "command").member("bash", command);
  if (!entry.matcher.empty()) json.member("matcher", entry.matcher);
  return json.member("timeoutSec", kSeconds).end_object().take();
}

constexpr SettingsEntry kClaude[] = {{"PreToolUse", "Edit|Write|MultiEdit|NotebookEdit|Bash", true},
                                     {"PostToolUse", "Bash"},
                                     {"SessionStart", ""},
                                     {"Stop", ""}};
constexpr SettingsEntry kCodex[] = {{"PreToolUse", "apply_patch|Edit|Write|Bash|shell", true},
                                    {"PostToolUse", "Bash|shell"},
                                    {"SessionStart", ""},
                                    {"Stop", ""}};
constexpr SettingsEntry kGemini[] = {{"BeforeTool", "write_file|replace|run_shell_command", true},
                                     {"AfterTool", "run_shell_command"},
                                     {"SessionStart", ""},
                                     {"AfterAgent", ""}};
constexpr SettingsEntry kCursor[] = {
    {"preToolUse",
     "Write|Edit|StrReplace|MultiEdit|Delete|EditNotebook|NotebookEdit|TabWrite|ApplyPatch", true},
    {"beforeShellExecution", "", true},
    {"postToolUse", "Shell"},
    {"sessionStart", ""},
    {"stop", ""}};
constexpr SettingsEntry kCopilot[] = {
    {"preToolUse", "create|edit|str_replace_editor|apply_patch|bash", true},
    {"postToolUse", "bash"},
    {"sessionStart", ""},
    {"agentStop", ""}};

constexpr SettingsForm kForms[] = {
    {"claude", ".claude/settings.local.json", ".claude/settings*.json", false, false, in_seconds,
     "hooks", kClaude},
    {"codex", ".codex/hooks.json", ".codex/hooks.json", false, true, in_seconds, "hooks", kCodex},
    {"gemini", ".gemini/settings.json", ".gemini/settings.json", false, false, in_milliseconds,
     "hooks", kGemini},
    {"cursor", ".cursor/hooks.json", ".cursor/hooks.json", true, false, for_cursor, "", kCursor},
    {"copilot", ".github/hooks/git-stream.json", ".github/hooks/*.json", true, false, for_copilot,
     "", kCopilot},
};

std::string mark_of(const SettingsForm& form) {
  return "--dialect " + std::string(form.dialect) + " ";
}

bool is_ours(const SettingsForm& form, std::string_view item) {
  return item.find("agent-hook") != item.npos && item.find(mark_of(form)) != item.npos;
}

std::vector<std::string> place_of(std::string_view event) {
  return {"hooks", std::string(event)};
}

void take_out(const SettingsForm& form, SettingsText& settings) {
  const std::vector<std::string> events = settings.members({"hooks"});
  if (events.empty()) return;  // an empty one is theirs
  for (const std::string& event : events) {
    settings.remove({"hooks", event}, std::string(form.inner),
                    [&](std::string_view item) { return is_ours(form, item); });
  }
  if (settings.members({"hooks"}).empty()) settings.remove_member({}, "hooks");
}

}  // namespace

std::span<const SettingsForm> settings_forms() {
  return kForms;
}

const SettingsForm* find_form(std::string_view dialect) {
  const auto form = std::find_if(std::begin(kForms), std::end(kForms),
                                 [&](const auto& row) { return row.dialect == dialect; });
  return form == std::end(kForms) ? nullptr : form;
}

std::string hook_command(const std::filesystem::path& program, const SettingsForm& form,
                         const SettingsEntry& entry) {
  return core::quote_shell(program.string()) + " " + mark_of(form) + "--event " +
         std::string(entry.event) + (entry.guards ? " || exit 2" : "");
}

bool has_ours(const SettingsForm& form, std::string_view text) {
  return is_ours(form, text);
}

std::string with_ours(const SettingsForm& form, const std::string& text, const std::string& file,
                      const std::filesystem::path& program) {
  SettingsText settings(text.empty() ? "{}\n" : text, file);
  const auto stands = [&](const SettingsEntry& entry) {
    const std::vector<std::string> items = settings.items(place_of(entry.event));
    const std::string item = form.item(entry, hook_command(program, form, entry));
    return std::find(items.begin(), items.end(), item) != items.end();
  };
  if (std::all_of(form.entries.begin(), form.entries.end(), stands)) return settings.text();
  take_out(form, settings);
  if (form.versioned && !settings.has({"version"})) settings.set_member({}, "version", "1");
  for (const SettingsEntry& entry : form.entries)
    settings.append(place_of(entry.event), form.item(entry, hook_command(program, form, entry)));
  return settings.text();
}

std::optional<std::string> without_ours(const SettingsForm& form, const std::string& text,
                                        const std::string& file) {
  if (!has_ours(form, text)) return text;
  SettingsText settings(text, file);
  take_out(form, settings);
  const std::vector<std::string> left = settings.members({});
  const bool nothing = left.empty() || (form.versioned && left.size() == 1 && left[0] == "version");
  if (nothing) return std::nullopt;
  return settings.text();
}

}  // namespace gs::agents
