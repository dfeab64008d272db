#pragma once
// A way around the gates, or an innocent action that they must let through: rows of tables.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/proof/stage.h"

namespace gs::proof {

enum class Gate {
  none,
  pre_commit,
  pre_merge_commit,
  reference_transaction,
  pre_push,
  pre_receive,
  check_range
};
// git's name of the hook; "git stream check --range"; empty for none.
std::string_view gate_name(Gate gate);

struct Way {
  std::string group, name;
  // Which gate stops it; none: nothing on this machine does, for the reason given. Of an innocent
  // one: none.
  Gate gate = Gate::none;
  std::vector<Step> steps;
  std::function<void(Stage&)> before = {}, after = {};

  // What is out of bounds: that a commit with this path gets onto a branch here, or onto the
  // server; without a path, that a ref there is another one after the last step.
  std::string path = {};
  bool server = false;
  bool innocent = false;
  std::string reason = {};     // why nothing here stops it
  std::string pointless = {};  // why this policy leaves nothing to try; empty: it does
  std::string ref = {};        // the one branch that counts; empty: each does
};

// By what they try: each of a file of its own.
std::vector<Way> commit_ways(const Scene& scene);    // making a commit
std::vector<Way> history_ways(const Scene& scene);   // commits that git makes, or that are there
std::vector<Way> merge_ways(const Scene& scene);     // merges
std::vector<Way> branch_ways(const Scene& scene);    // refs that are somebody else's
std::vector<Way> identity_ways(const Scene& scene);  // being somebody else
std::vector<Way> hand_ways(const Scene& scene);      // editing what the gates rely on
std::vector<Way> push_ways(const Scene& scene);      // what is sent to others
std::vector<Way> innocent_ways(const Scene& scene);  // what must go through

std::vector<Way> all_ways(const Scene& scene);

// Fills in what a table leaves out: the group, the path, and what makes all of it pointless.
std::vector<Way> about_theirs(const Scene& scene, const std::string& group, std::vector<Way> ways);

// A commit as agents make it, and one that skips pre-commit.
inline const Step kCommit{{"commit", "-q", "-m", "Proof"}};
inline const Step kUnverified{{"commit", "-q", "-n", "-m", "Proof"}};

// What a way begins with.
using Before = std::function<void(Stage&)>;
Before changed(const std::string& path);  // in the agent's worktree
Before staged(const std::string& path);
Before locked(const Scene& scene, const std::string& path);  // by somebody else
Before both(Before first, Before second);

}  // namespace gs::proof
