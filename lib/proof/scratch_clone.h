#pragma once
// A scratch clone of the user's repository, with its policy and the hooks of this installation: the
// owner's worktree, an agent's, and a server. And what can be seen of them from outside.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/install/git_config.h"
#include "lib/platform/file.h"
#include "lib/process/process.h"
#include "lib/process/signals.h"
#include "lib/proof/attacker.h"
#include "lib/session/session.h"

namespace gs::proof {

// A folder that goes with this object: below $XDG_CACHE_HOME/git-stream where that is set, else
// below the common git directory's stream/. What a killed process left there is removed by the next
// one.
class ScratchFolder {
 public:
  // Throws core::Error (broken) when it cannot be made.
  explicit ScratchFolder(const git::Layout& layout);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  platform::Descriptor held_;  // locked as long as it is in use
};

using Refs = std::map<std::string, std::string>;  // names to ids

class ScratchClone {
 public:
  // Builds it all. The user's repository is only read. Throws core::Error: usage without a policy,
  // broken when a part cannot be made.
  explicit ScratchClone(session::Session& session);

  const Attacker& attacker() const { return attacker_; }
  const core::Policy& policy() const { return policy_; }
  const std::string& trunk() const { return trunk_; }      // the integration branch
  const std::string& branch() const { return branch_; }    // the stream's
  const std::string& rivals() const { return rivals_; }    // another stream's; may be empty
  bool refs_in_tables() const { return refs_in_tables_; }  // as in the user's repository
  install::GitVersion git_version() const { return git_version_; }
  const std::string& alias() const { return alias_; }  // `theirs` in other letters; may be empty
  // The owner's worktree, on the trunk; the agent's, enrolled, on the stream's branch.
  const std::filesystem::path& repo() const { return repo_; }
  const std::filesystem::path& work() const { return work_; }

  // Shell lines by `sh -ec`, in a worktree, without this user's settings and this process's GIT_
  // variables. Throws core::Error (interrupted) when a signal came that is to end us.
  enum class Hooks { off, on };
  process::Result shell(std::string_view lines, const std::filesystem::path& folder, Hooks hooks);
  // One program, in the same way, with hooks.
  process::Result git(std::vector<std::string> arguments, const std::filesystem::path& folder);
  process::Result git_stream(std::vector<std::string> arguments,
                             const std::filesystem::path& folder);

  // Everything as it was built, but for what lies in $ROOT, in .git/hooks and in configuration.
  void reset();

  // The gates that logged `blocked` since reset(), in order, those of the server included.
  std::vector<std::string> blocked() const;
  Refs refs(bool server) const;
  const Refs& first_refs(bool server) const { return server ? server_refs_ : repo_refs_; }
  // Whether a ref (this one, or any branch; on the server: any ref) has got a commit that changes
  // the path.
  bool has_change(bool server, const std::string& path, const std::string& ref);

 private:
  struct Ground;
  ScratchClone(session::Session& session, const Ground& ground);
  static Ground ground_of(session::Session& session);
  std::vector<std::string> init_arguments(std::vector<std::string> more) const;
  void make_repository(const git::Repository& user, const Ground& ground);
  void make_server();
  void enrol();
  void name_variables();
  std::string import_commands(const Ground& ground, const git::Repository& user) const;
  process::Result run(process::Command command);
  std::string quietly(const std::filesystem::path& folder, std::vector<std::string> arguments,
                      std::optional<std::string> input = {});
  std::vector<std::filesystem::path> logs() const;
  const std::string& commit(std::string_view name) const;

  process::SignalGuard signals_;
  ScratchFolder folder_;
  Attacker attacker_;
  core::Policy policy_;
  std::filesystem::path root_, repo_, work_, server_, git_dir_, state_, self_;
  std::string trunk_, branch_, rivals_, alias_;
  install::GitVersion git_version_;
  bool refs_in_tables_ = false;
  std::map<std::string, std::string, std::less<>> commits_;  // ids, by the names in kCommits
  std::vector<std::string> unset_, set_, variables_;
  Refs repo_refs_, server_refs_;
  std::map<std::filesystem::path, std::uint64_t> log_ends_;
  std::string locks_;
};

}  // namespace gs::proof
