#pragma once
// Hooks in git's configuration (git-hook(1); git 2.54 and later): hook.git-stream-EVENT.command and
// .event in the repository's own file. git runs them before the one in the hooks folder, wherever
// core.hooksPath leads: no other hook manager takes their place. Their own switches do
// (hook.git-stream-EVENT.enabled, hook.EVENT.enabled).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/git/repository.h"

namespace gs::install {

// Whether the git at hand runs such hooks.
bool git_runs_configured_hooks(const git::Layout& layout);

struct ConfiguredHook {
  std::string event;  // "pre-commit"
  std::string command;
  std::filesystem::path program;               // empty: the command is not as we write it
  bool fires = false;                          // its event is named
  std::optional<std::string> switched_off_by;  // the setting: "hook.pre-commit.enabled"
};

// Ours, in the configuration of all scopes; empty where there are none.
std::vector<ConfiguredHook> configured_hooks(const git::Layout& layout);

// Makes the repository's configuration name the program for these hooks, and switches none off;
// adds a line to `done` for each that was not so. Throws core::Error (broken).
void configure_hooks(const git::Layout& layout, const std::filesystem::path& program,
                     const std::vector<std::string_view>& hooks, std::vector<std::string>& done);

// Takes ours out of the repository's configuration.
void remove_configured_hooks(const git::Layout& layout, std::vector<std::string>& done);

}  // namespace gs::install
