#include "lib/agents/settings/server_settings.h"

#include <algorithm>

#include "lib/agents/settings/marked_block.h"
#include "lib/agents/settings/settings_files.h"
#include "lib/agents/settings/settings_text.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/install/git_config.h"
#include "lib/install/installation.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using core::Json;
using Path = std::vector<std::string>;

// Claude Code, Gemini CLI, Cursor and Copilot CLI have the same form of entry; Claude Code and
// Copilot CLI the same file.
constexpr ServerForm kForms[] = {
    {"claude", ".mcp.json"},
    {"codex", ".codex/config.toml", ServerFormat::toml},
    {"gemini", ".gemini/settings.json"},
    {"cursor", ".cursor/mcp.json"},
    {"copilot", ".mcp.json"},
};
constexpr char kServers[] = "mcpServers", kName[] = "git-stream";
constexpr char kNote[] =
    "settings that tell agents of git stream's server, with this machine's paths";

constexpr BlockMarks kTomlMarks{"# git stream mcp: begin", "# git stream mcp: end"};

// Claude Code starts a project's server only once it is named here, or a person has agreed.
constexpr char kApprovals[] = "enabledMcpjsonServers";

std::string json_entry(const fs::path& program) {
  core::JsonWriter json;
  json.begin_object().member("type", "stdio").member("command", program.string());
  json.key("args").begin_array().value("mcp").end_array();
  return json.end_object().take();
}

// A basic string (https://toml.io/en/v1.0.0#string) may be written as JSON's.
std::string toml_entry(const fs::path& program) {
  std::string lines = std::string("[mcp_servers.") + kName + "]\ncommand = ";
  core::append_json_string(lines, program.string());
  return lines + "\nargs = [\"mcp\"]\n";
}

// Whether the value of a member "git-stream" starts our program.
bool starts_ours(const std::string& value) {
  try {
    const Json entry = core::parse_json(value, {.repeated_keys = true, .comments = true});
    const Json* const command = entry.find("command");
    return command != nullptr && command->string() != nullptr &&
           fs::path(*command->string()).filename() == kName;
  } catch (const core::JsonError&) {
    return false;
  }
}

// A table can be added at the end, unless there is one already, or its parent is not to be added
// to.
bool has_other_toml(const std::string& text, const std::string& file) {
  const std::string rest = without_block(text, kTomlMarks, file);
  for (std::string_view left = rest; !left.empty();) {
    const std::string_view line = core::take_line(left);
    const std::size_t servers = line.find("mcp_servers");
    if (servers == line.npos || line.find('#') < servers) continue;
    if (line.find(kName) != line.npos) return true;
    const std::size_t next = line.find_first_not_of(" \t", servers + 11);
    if (next != line.npos && line[next] == '=')
      throw core::Error(core::ExitCode::usage, file + " has its mcp_servers in one line",
                        "write them as tables: [mcp_servers.NAME]");
  }
  return false;
}

std::string with_toml_server(const std::string& text, const std::string& file,
                             const fs::path& program) {
  if (has_other_toml(text, file)) return text;
  return with_block(text, kTomlMarks, toml_entry(program), file);
}

bool is_approval(std::string_view item) {
  return item == std::string("\"") + kName + "\"";
}

std::string with_json_server(const std::string& text, const std::string& file,
                             const fs::path& program) {
  SettingsText settings(text.empty() ? "{}\n" : text, file);
  const std::string entry = json_entry(program);
  const auto stands = settings.value({kServers, kName});
  if (stands && (*stands == entry || !starts_ours(*stands))) return settings.text();
  if (stands) settings.remove_member({kServers}, kName);
  if (!settings.has({kServers})) settings.set_member({}, kServers, "{}");
  settings.set_member({kServers}, kName, entry);
  return settings.text();
}

std::string without_json_server(const std::string& text, const std::string& file) {
  SettingsText settings(text, file);
  const auto stands = settings.value({kServers, kName});
  if (!stands || !starts_ours(*stands)) return text;
  settings.remove_member({kServers}, kName);
  if (settings.members({kServers}).empty()) settings.remove_member({}, kServers);
  return settings.members({}).empty() ? "" : settings.text();
}

std::string with_approval(const std::string& text, const std::string& file) {
  SettingsText settings(text.empty() ? "{}\n" : text, file);
  const std::vector<std::string> approved = settings.items({kApprovals});
  if (std::any_of(approved.begin(), approved.end(), is_approval)) return settings.text();
  settings.append({kApprovals}, std::string("\"") + kName + "\"");
  return settings.text();
}

std::string without_approval(const std::string& text, const std::string& file) {
  SettingsText settings(text, file);
  settings.remove({kApprovals}, "", is_approval);
  return settings.members({}).empty() ? "" : settings.text();
}

}  // namespace

std::span<const ServerForm> server_forms() {
  return kForms;
}

std::string with_server(const ServerForm& form, const std::string& text, const std::string& file,
                        const fs::path& program) {
  return form.format == ServerFormat::json ? with_json_server(text, file, program)
                                           : with_toml_server(text, file, program);
}

std::optional<std::string> without_server(const ServerForm& form, const std::string& text,
                                          const std::string& file) {
  if (text.find(kName) == text.npos && text.find(kTomlMarks.begin) == text.npos) return text;
  const std::string rest = form.format == ServerFormat::json
                               ? without_json_server(text, file)
                               : without_block(text, kTomlMarks, file);
  return rest.empty() ? std::nullopt : std::optional(rest);
}

namespace {

// What cannot be read may have it.
bool has_server(const fs::path& top, const ServerForm& form) {
  const fs::path file = top / form.file;
  try {
    const std::string text = behind_link(file) ? "" : read_settings(file);
    return without_server(form, text, file.string()) != text;
  } catch (const core::Error&) {
    return true;
  }
}

void add_server(const git::Layout& layout, const ServerForm& form, std::vector<std::string>& done) {
  const fs::path file = *layout.worktree / form.file;
  const std::string before = read_settings(file);
  const fs::path program = install::program_for_hooks(layout);
  const std::string after = with_server(form, before, file.string(), program);
  if (without_server(form, after, file.string()) == after) {
    done.push_back(std::string(form.dialect) + ": " + file.string() +
                   " has another server of this name: left as it is");
    return;
  }
  const std::string name(form.file);
  const bool tracked = is_tracked(layout, name);
  if (!tracked) install::exclude(layout, "/" + name, kNote);
  if (after == before) return;
  write_settings(file, after);
  done.push_back(std::string(form.dialect) + ": may start git stream mcp, by " + file.string());
  if (tracked) done.push_back("  " + name + " is tracked: do not commit this machine's path");
}

void approve(const git::Layout& layout) {
  const SettingsForm& claude = *find_form("claude");
  const fs::path file = *layout.worktree / claude.file;
  const std::string before = read_settings(file);
  const std::string after = with_approval(before, file.string());
  if (after != before) write_settings(file, after);
}

void withdraw_approval(const git::Layout& layout) {
  const fs::path file = *layout.worktree / find_form("claude")->file;
  if (behind_link(file)) return;  // never written to
  const std::string before = read_settings(file);
  if (before.find(kApprovals) == before.npos) return;
  const std::string after = without_approval(before, file.string());
  if (after.empty()) {
    remove_settings(*layout.worktree, file);
  } else if (after != before) {
    write_settings(file, after);
  }
}

void remove_server(const git::Layout& layout, const ServerForm& form,
                   std::vector<std::string>& done) {
  const fs::path file = *layout.worktree / form.file;
  if (behind_link(file)) return;
  const std::string before = read_settings(file);
  const auto after = without_server(form, before, file.string());
  if (after == before) return;
  if (after)
    write_settings(file, *after);
  else
    remove_settings(*layout.worktree, file);
  done.push_back(std::string(form.dialect) + ": took git stream mcp out of " + file.string());
}

}  // namespace

std::vector<std::string> register_servers(const git::Layout& layout,
                                          std::span<const SettingsForm* const> forms) {
  std::vector<std::string> done;
  for (const ServerForm& form : kForms) {
    const bool wanted = std::any_of(forms.begin(), forms.end(), [&](const SettingsForm* one) {
      return one->dialect == form.dialect;
    });
    if (!wanted) continue;
    add_server(layout, form, done);
    if (form.dialect == "claude") approve(layout);
  }
  return done;
}

namespace {

// What cannot be read is not ours, or not to be told from it.
template <class Remove>
void remove_or_tell(const Remove& remove, std::vector<std::string>& done) {
  try {
    remove();
  } catch (const core::Error& error) {
    done.push_back(std::string("left: ") + error.what());
  }
}

}  // namespace

std::vector<std::string> renew_servers(const git::Layout& layout) {
  std::vector<std::string> done;
  if (!layout.worktree) return done;
  for (const ServerForm& form : kForms) {
    const fs::path file = *layout.worktree / form.file;
    const std::string text = text_with_ours(file);
    // A command found on PATH was written by somebody.
    const bool names_copy = text.find("stream/bin/") != text.npos;
    if (names_copy && has_server(*layout.worktree, form)) add_server(layout, form, done);
  }
  return done;
}

std::vector<std::string> texts_with_ours(const std::vector<fs::path>& tops) {
  std::vector<std::string> texts;
  for (const fs::path& top : tops) {
    for (const SettingsForm& form : settings_forms())
      texts.push_back(text_with_ours(top / form.file));
    for (const ServerForm& form : kForms) texts.push_back(text_with_ours(top / form.file));
  }
  return texts;
}

std::vector<std::string> unregister_servers(const git::Layout& layout,
                                            const std::vector<fs::path>& others) {
  std::vector<std::string> done;
  if (!layout.worktree) return done;
  for (const ServerForm& form : kForms) {
    remove_or_tell([&] { remove_server(layout, form, done); }, done);
    const bool elsewhere = std::any_of(others.begin(), others.end(),
                                       [&](const fs::path& top) { return has_server(top, form); });
    if (!elsewhere) install::unexclude(layout, "/" + std::string(form.file), kNote);
  }
  remove_or_tell([&] { withdraw_approval(layout); }, done);
  return done;
}

}  // namespace gs::agents
