#pragma once
// What the attacks are made of: a small history on top of the user's own, in which every bad commit
// exists already, on no branch.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/app/session.h"
#include "lib/proof/cast.h"

namespace gs::proof {

struct Scene {
  Scene(Cast who, core::Policy rules, const std::filesystem::path& folder);

  Cast cast;
  core::Policy policy;
  std::filesystem::path root;
  std::filesystem::path repo;     // the owner's worktree, on the trunk
  std::filesystem::path work;     // the agent's, enrolled, on `branch`
  std::filesystem::path server;   // bare; origin
  std::filesystem::path git_dir;  // of `work`

  std::string trunk;           // the integration branch
  std::string branch, rivals;  // the stream's branch, the other stream's; the latter may be empty
  std::string alias;           // `theirs` in other letters; empty where it has none

  // Commits, by their ids. Each line: what it is made on, and what it changes.
  std::string ground;      // the user's tip, with the files that are needed
  std::string start;       // ground: `theirs`, by the owner; where the stream began
  std::string tip;         // start: `mine`; the stream's branch
  std::string ahead;       // start: `theirs`, by the owner; the trunk
  std::string stray;       // tip: `theirs`
  std::string side;        // start: `theirs`
  std::string fresh;       // tip: `mine`
  std::string empty_side;  // start: nothing
  std::string ahead_mine;  // ahead: the beginning of `mine`, by the owner
  std::string takeover;    // ahead: a policy that gives the agent everything
  std::string stray_blob;  // `theirs` as `stray` has it

  std::string ref() const { return "refs/heads/" + branch; }
};

// A policy in which the agent owns everything, and its branch `wide` is the integration branch.
inline constexpr char kWideBranch[] = "wide";
std::string wide_policy(const Scene& scene);

// What the commits are made from, read from the user's repository.
struct Ground {
  std::optional<core::ObjectId> tip;  // of what has the policy; none: nothing is committed yet
  std::vector<std::string> files;     // regular ones
  bool whole = true;                  // false: the tree is too large to be checked out
  std::string policy;                 // the worktree's copy, where none is committed yet
};
Ground ground_of(app::Session& session);

// The commands for git fast-import that make the commits, in refs/proof/NAME (NAME as above).
std::string import_commands(const Scene& scene, const Ground& ground,
                            const git::Repository& repository);
// What is on refs/proof/NAME goes into the scene.
void read_commits(Scene& scene);

}  // namespace gs::proof
