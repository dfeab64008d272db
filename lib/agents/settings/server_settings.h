#pragma once
// Tells agents' programs of `git stream mcp`, in their settings in a worktree, and takes that out
// again. The files name this installation's program: they are kept out of commits through
// info/exclude, unless they are tracked already.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/agents/settings/agent_settings.h"

namespace gs::agents {

enum class ServerFormat { json, toml };

// Where a program looks for servers of a project.
struct ServerForm {
  std::string_view dialect;
  std::string_view file;  // below a worktree's top
  ServerFormat format = ServerFormat::json;
};

std::span<const ServerForm> server_forms();

// The settings with our server, and without it; nothing else is changed. A server "git-stream" that
// is another program's stays. An absent file is an empty text; nothing is returned where nothing
// else was in it. Both throw core::Error (usage) for what cannot be read.
std::string with_server(const ServerForm& form, const std::string& text, const std::string& file,
                        const std::filesystem::path& program);
std::optional<std::string> without_server(const ServerForm& form, const std::string& text,
                                          const std::string& file);

// For the named programs; what was done, a line each.
std::vector<std::string> register_servers(const git::Layout& layout,
                                          std::span<const SettingsForm* const> forms);
// Of all programs. `others`: the tops of worktrees that may have some still.
std::vector<std::string> unregister_servers(const git::Layout& layout,
                                            const std::vector<std::filesystem::path>& others);

}  // namespace gs::agents
