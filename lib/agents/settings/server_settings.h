#pragma once
// Tells agents' programs of `git stream mcp`, in their settings in a worktree, and takes that out
// again. The files name the program that hooks start: they are kept out of commits through
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
// Makes our server in this worktree's settings start the hooks' program, where it starts another
// one; what was done.
std::vector<std::string> renew_servers(const git::Layout& layout);
// What in these worktrees' settings may name a program of ours, for hooks or as a server.
std::vector<std::string> texts_with_ours(const std::vector<std::filesystem::path>& tops);
// Of all programs. `others`: the tops of worktrees that may have some still.
std::vector<std::string> unregister_servers(const git::Layout& layout,
                                            const std::vector<std::filesystem::path>& others);

}  // namespace gs::agents
