#pragma once
// What a stream's branch and worktree are called, by the policy's rules.

#include <filesystem>
#include <string>
#include <string_view>

#include "lib/core/policy.h"
#include "lib/git/repository.h"
#include "lib/store/streams.h"

namespace gs::streams {

// "llm-models" from "LLM & Models": lower case; what is neither ASCII letter, digit nor a letter
// of another script becomes one '-'. Never empty: "work" then. About 100 bytes at most.
std::string slug_of(std::string_view name);

// "F (LLM)", for people; the name alone says nothing where it is the id.
std::string titled(const core::StreamSpec& stream);

core::BranchName branch_for(const core::Policy& policy, const core::StreamSpec& stream);

// What people call it: its main worktree's folder, or a bare repository's without ".git".
std::string repository_name(const git::Layout& layout);

// As the policy has it filled in, relative to the main worktree as a rule ("../bot-stream-F").
std::string worktree_for(const git::Layout& layout, const core::Policy& policy,
                         const core::StreamSpec& stream);

// Absolute and normal; relative ones are seen from the main worktree, or a bare repository's
// folder.
std::filesystem::path absolute_worktree(const git::Layout& layout, const std::string& worktree);

}  // namespace gs::streams
