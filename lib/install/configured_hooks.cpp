#include "lib/install/configured_hooks.h"

#include <map>
#include <utility>

#include "lib/git/settings.h"
#include "lib/install/chained_hook.h"
#include "lib/install/git_config.h"
#include "lib/install/hook_files.h"

namespace gs::install {

namespace {

constexpr std::string_view kSection = "hook.", kOurs = "hook.git-stream-";

std::string section_of(std::string_view event) {
  return std::string(kOurs) + std::string(event);
}

// For sh, to which git gives the command; the empty word stands for a script's path.
std::string former_command_for(const std::filesystem::path& program, std::string_view event) {
  return single_quoted(program.string()) + " " + hook_argument(event) + " ''";
}

// Where the program is not there, it blocks with the repair. git adds the hook's arguments.
std::string command_for(const std::filesystem::path& program, std::string_view event) {
  const std::string quoted = single_quoted(program.string());
  return test_program(quoted) + " || { " + blocking_commands(quoted, "; ") + "}; " +
         former_command_for(program, event);
}

// The reverse; empty for any other command.
std::filesystem::path program_in(const std::string& command, std::string_view event) {
  std::string program;
  const std::size_t quote = command.find('\'');
  std::size_t at = quote == command.npos ? command.npos : quote + 1;
  while (at < command.size() && command[at] != '\'') {
    program += command[at++];
    if (command.compare(at, 4, "'\\''") == 0) {
      program += '\'';
      at += 4;
    }
  }
  const bool ours =
      command == command_for(program, event) || command == former_command_for(program, event);
  return ours ? program : "";
}

// All of hook.*, the last value of each; several events of one hook are joined by line feeds.
using Values = std::map<std::string, std::string>;
Values hook_settings(const git::Layout& layout) {
  const process::Result result = run_git(layout, {"config", "-z", "--get-regexp", "^hook\\."});
  Values values;
  for (std::size_t at = 0; result.status == 0 && at < result.output.size();) {
    const std::size_t end = result.output.find('\0', at);
    const std::string entry = result.output.substr(at, end - at);
    const std::size_t split = entry.find('\n');
    const std::string key = entry.substr(0, split);
    const std::string value = split == entry.npos ? "true" : entry.substr(split + 1);
    std::string& held = values[key];
    held = key.ends_with(".event") && !value.empty() ? held + value + "\n" : value;
    at = end == std::string::npos ? end : end + 1;
  }
  return values;
}

std::optional<std::string> value_of(const Values& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

bool git_runs_configured_hooks(const git::Layout& layout) {
  return git_version(layout) >= GitVersion{2, 54};
}

std::vector<ConfiguredHook> configured_hooks(const git::Layout& layout) {
  const Values values = hook_settings(layout);
  std::vector<ConfiguredHook> hooks;
  for (const auto& [key, value] : values) {
    constexpr std::string_view kCommand = ".command";
    if (!key.starts_with(kOurs) || !key.ends_with(kCommand)) continue;
    ConfiguredHook hook;
    hook.event = key.substr(kOurs.size(), key.size() - kOurs.size() - kCommand.size());
    const std::string section = section_of(hook.event);
    hook.command = value;
    hook.program = program_in(value, hook.event);
    const std::string events = value_of(values, section + ".event").value_or("");
    hook.fires = ("\n" + events).find("\n" + hook.event + "\n") != std::string::npos;
    for (const std::string& scope : {section, std::string(kSection) + hook.event}) {
      const auto enabled = value_of(values, scope + ".enabled");
      if (enabled && !git::truth(enabled)) hook.switched_off_by = scope + ".enabled";
    }
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

void configure_hooks(const git::Layout& layout, const std::filesystem::path& program,
                     const std::vector<std::string_view>& hooks, std::vector<std::string>& done) {
  std::map<std::string, ConfiguredHook> standing;
  for (ConfiguredHook& hook : configured_hooks(layout)) standing[hook.event] = std::move(hook);
  for (const std::string_view event : hooks) {
    const ConfiguredHook& now = standing[std::string(event)];
    const bool stands = now.command == command_for(program, event);
    if (now.fires && stands && !now.switched_off_by) continue;
    const std::string section = section_of(event);
    // The event last: git refuses an event for which a hook has no command.
    run_git(layout, {"config", "--local", "--unset-all", section + ".event"});
    run_git(layout, {"config", "--local", "--unset-all", section + ".enabled"});
    if (now.switched_off_by == std::string(kSection) + std::string(event) + ".enabled")
      git_output(layout, {"config", "--local", *now.switched_off_by, "true"});
    git_output(layout, {"config", "--local", section + ".command", command_for(program, event)});
    git_output(layout, {"config", "--local", section + ".event", std::string(event)});
    done.push_back("configured " + section);
  }
}

void remove_configured_hooks(const git::Layout& layout, std::vector<std::string>& done) {
  for (const ConfiguredHook& hook : configured_hooks(layout)) {
    const std::string section = section_of(hook.event);
    if (run_git(layout, {"config", "--local", "--remove-section", section}).status == 0)
      done.push_back("removed " + section + " from the configuration");
  }
}

}  // namespace gs::install
