#pragma once
// What agents read before they begin: a block in the repository's AGENTS.md, and a skill
// (https://agentskills.io). Both are for everybody who has the repository, name no path of this
// machine, and are meant to be committed; they are written only where that is asked for.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "lib/agents/settings/agent_settings.h"

namespace gs::agents {

// Puts the block into the worktree's AGENTS.md, or renews it there; the rest of the file keeps its
// bytes. What was done, a line each. Throws core::Error (usage) for a file that is a symbolic link,
// or in which a mark of the block is missing.
std::vector<std::string> write_agents_md(const git::Layout& layout);

// Writes the skill to where the named programs look for it.
std::vector<std::string> write_skills(const git::Layout& layout,
                                      std::span<const SettingsForm* const> forms);

// Takes both out of this worktree. A skill that somebody has changed stays, and is named.
std::vector<std::string> remove_instructions(const git::Layout& layout);

// The texts as they are written.
const std::string& agents_md_block();
const std::string& skill_text();

}  // namespace gs::agents
