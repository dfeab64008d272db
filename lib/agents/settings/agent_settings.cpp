#include "lib/agents/settings/agent_settings.h"

#include <algorithm>

#include "lib/agents/settings/settings_files.h"
#include "lib/agents/settings/settings_text.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/install/git_config.h"
#include "lib/install/installation.h"
#include "lib/policy/policy_in_force.h"
#include "lib/state/files.h"

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

constexpr SettingsEntry kClaude[] = {
    {"PreToolUse", "Edit|Write|MultiEdit|NotebookEdit|Bash|mcp__.*", true},
    {"PostToolUse", "Bash"},
    {"SessionStart", ""},
    {"Stop", ""}};
constexpr SettingsEntry kCodex[] = {
    {"PreToolUse", "apply_patch|Edit|Write|Bash|shell|mcp__.*", true},
    {"PostToolUse", "Bash|shell"},
    {"SessionStart", ""},
    {"Stop", ""}};
constexpr SettingsEntry kGemini[] = {
    {"BeforeTool", "write_file|replace|run_shell_command|mcp_.*|.*__.*", true},
    {"AfterTool", "run_shell_command"},
    {"SessionStart", ""},
    {"AfterAgent", ""}};
constexpr SettingsEntry kCursor[] = {
    {"preToolUse",
     "Write|Edit|StrReplace|MultiEdit|Delete|EditNotebook|NotebookEdit|TabWrite|ApplyPatch|MCP:.*",
     true},
    {"beforeShellExecution", "", true},
    {"postToolUse", "Shell"},
    {"sessionStart", ""},
    {"stop", ""}};
constexpr SettingsEntry kCopilot[] = {
    {"preToolUse", "create|edit|str_replace_editor|apply_patch|bash|powershell|.*-.*", true},
    {"postToolUse", "bash|powershell"},
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
  return core::quote_shell(program.string()) + " agent-hook " + mark_of(form) + "--event " +
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

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

constexpr std::size_t kLargestSettings = 1 << 20;
constexpr char kNote[] = "settings that make agents ask git stream, with this machine's paths";

void add_protection(const git::Layout& layout, const SettingsForm& form) {
  std::vector<std::string> patterns = policy::installed_protection(layout);
  const std::string pattern(form.protection);
  if (std::find(patterns.begin(), patterns.end(), pattern) != patterns.end()) return;
  patterns.push_back(pattern);
  policy::note_protection(layout, patterns);
}

bool stands_in(const fs::path& top, const SettingsForm& form) {
  const auto text = state::read_file(top / form.file, kLargestSettings);
  return text && has_ours(form, *text);
}

// Entries are renewed for another program only: what else was changed in them was meant.
bool names_another(const fs::path& top, const SettingsForm& form, const fs::path& program) {
  const std::string text = text_with_ours(top / form.file);
  return has_ours(form, text) && text.find(core::quote_shell(program.string())) == text.npos;
}

git::Layout main_layout(const git::Layout& layout) {
  return {layout.common_dir, layout.common_dir, layout.main_worktree, layout.main_worktree,
          layout.ref_storage};
}

// Whether the file in the main worktree is meant besides.
bool in_main_too(const git::Layout& layout, const SettingsForm& form) {
  return form.shared && layout.main_worktree && layout.main_worktree != layout.worktree;
}

void take_out(const git::Layout& layout, const SettingsForm& form, std::vector<std::string>& done) {
  const fs::path file = *layout.worktree / form.file;
  const std::string text = read_settings(file);
  if (!has_ours(form, text)) return;
  if (const auto rest = without_ours(form, text, file.string())) {
    write_settings(file, *rest);
  } else {
    remove_settings(*layout.worktree, file);
  }
  done.push_back(std::string(form.dialect) + ": took git stream out of " + file.string());
}

void put_in(const git::Layout& layout, const SettingsForm& form, std::vector<std::string>& done) {
  const std::string name(form.file);
  const fs::path file = *layout.worktree / name;
  const std::string before = read_settings(file);
  const std::string after =
      with_ours(form, before, file.string(), install::program_for_hooks(layout));
  const bool tracked = is_tracked(layout, name);
  if (!tracked) install::exclude(layout, "/" + name, kNote);
  if (after == before) return;
  write_settings(file, after);
  done.push_back(std::string(form.dialect) + ": asks git stream, by " + file.string());
  if (tracked)
    done.push_back("  " + name + " is tracked: it is changed, and no stream may commit it");
}

}  // namespace

std::vector<const SettingsForm*> forms_named(const std::string& list) {
  std::vector<const SettingsForm*> forms;
  for (std::string_view rest = list; !rest.empty();) {
    const std::string name(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    const SettingsForm* form = find_form(name);
    if (form == nullptr) {
      std::vector<std::string> known;
      for (const SettingsForm& one : settings_forms()) known.emplace_back(one.dialect);
      const auto nearest = core::nearest_word(name, known);
      throw Error(
          ExitCode::usage, "no agent's program '" + core::printable(name) + "'",
          nearest ? "did you mean '" + *nearest + "'?" : "claude, codex, gemini, cursor, copilot");
    }
    if (std::find(forms.begin(), forms.end(), form) == forms.end()) forms.push_back(form);
  }
  return forms;
}

std::vector<std::string> install_settings(const git::Layout& layout,
                                          std::span<const SettingsForm* const> forms) {
  std::vector<std::string> done;
  if (!layout.worktree)
    throw Error(ExitCode::usage, "a bare repository has no worktree for an agent's settings");
  for (const SettingsForm* form : forms) {
    put_in(layout, *form, done);
    if (in_main_too(layout, *form)) put_in(main_layout(layout), *form, done);
    add_protection(layout, *form);
  }
  return done;
}

std::vector<std::string> renew_settings(const git::Layout& layout) {
  std::vector<std::string> done;
  if (!layout.worktree) return done;
  const fs::path program = install::program_for_hooks(layout);
  for (const SettingsForm& form : settings_forms())
    if (names_another(*layout.worktree, form, program)) put_in(layout, form, done);
  return done;
}

std::vector<std::string> uninstall_settings(const git::Layout& layout,
                                            const std::vector<fs::path>& others) {
  std::vector<std::string> done;
  if (!layout.worktree) return done;
  std::vector<std::string> patterns = policy::installed_protection(layout);
  for (const SettingsForm& form : settings_forms()) {
    const auto stands = [&](const fs::path& top) {
      return top != layout.main_worktree.value_or("") && stands_in(top, form);
    };
    bool elsewhere = std::any_of(others.begin(), others.end(), stands);
    const bool needed = form.shared && elsewhere && layout.worktree == layout.main_worktree;
    if (!needed) take_out(layout, form, done);
    if (!elsewhere && in_main_too(layout, form)) take_out(main_layout(layout), form, done);
    elsewhere = elsewhere || (layout.main_worktree && stands_in(*layout.main_worktree, form));
    if (elsewhere) continue;
    std::erase(patterns, std::string(form.protection));
    install::unexclude(layout, "/" + std::string(form.file), kNote);
  }
  policy::note_protection(layout, patterns);
  return done;
}

}  // namespace gs::agents
