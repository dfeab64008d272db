#pragma once
// A stream's work: what its branch and worktree are called by the policy's rules, and what the
// branch holds against the integration branch.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/policy.h"
#include "lib/git/repository.h"
#include "lib/session/session.h"
#include "lib/state/streams.h"

namespace gs::conflicts {

// "llm-models" from "LLM & Models": lower case; what is neither ASCII letter, digit nor a letter
// of another script becomes one '-'. Never empty: "work" then. About 100 bytes at most.
std::string slug_of(std::string_view name);

// "F (LLM)", for people; the name alone says nothing where it is the id.
std::string titled(const core::StreamSpec& stream);

core::BranchName branch_for(const core::Policy& policy, const core::StreamSpec& stream);
core::BranchName branch_named(const core::Policy& policy, const core::StreamSpec& stream,
                              const std::string& slug);

// What people call it: its main worktree's folder, or a bare repository's without ".git"; of a
// hidden one, the folder that it is in.
std::string repository_name(const git::Layout& layout);

// As the policy has it filled in, relative to the main worktree as a rule ("../bot-stream-F").
std::string worktree_for(const git::Layout& layout, const core::Policy& policy,
                         const core::StreamSpec& stream);
std::string worktree_named(const git::Layout& layout, const core::Policy& policy,
                           const core::StreamSpec& stream, const std::string& slug);

// Absolute and normal; relative ones are seen from the main worktree, or a bare repository's
// folder.
std::filesystem::path absolute_worktree(const git::Layout& layout, const std::string& worktree);

// What one branch of a stream holds.
struct StreamWork {
  core::BranchName branch;
  core::ObjectId tip;
  core::ObjectId base;      // from where it counts: see StreamBranch (stream_branches.h)
  core::ChangeSet changes;  // from base to tip
};

// The integration branch's tip: the local branch, or origin's where there is none. Throws
// core::Error (usage) when there is neither.
core::ObjectId integration_tip(session::Session& session);
std::optional<core::ObjectId> find_integration_tip(session::Session& session);

}  // namespace gs::conflicts
