#pragma once
// The scratch repository, its server, and what can be seen of them from outside.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/app/session.h"
#include "lib/process/process.h"
#include "lib/process/signals.h"
#include "lib/proof/scene.h"
#include "lib/proof/scratch.h"

namespace gs::proof {

// A git command: where nothing else is said, in the agent's worktree.
struct Step {
  std::vector<std::string> arguments;
  std::vector<std::string> set = {};  // "NAME=value" in its environment
  std::optional<std::string> input = {};
  std::filesystem::path folder = {};
};

inline constexpr std::size_t kLargestLocks = 16 << 20;  // more of the state's locks is not read

using Refs = std::map<std::string, std::string>;  // names to ids

class Stage {
 public:
  // Builds it all below a scratch folder, with hooks of this installation. Throws core::Error.
  explicit Stage(app::Session& session);

  const Scene& scene() const { return scene_; }

  // git as an agent calls it, without this user's settings and this process's GIT_ variables.
  // Throws core::Error (interrupted) when a signal came that is to end us.
  process::Result git(const Step& step);
  // `git stream` of this installation.
  process::Result stream(const Step& step);
  // git without hooks, for tidying up. Throws core::Error (broken) when it fails.
  std::string quietly(const std::filesystem::path& folder, std::vector<std::string> arguments,
                      std::optional<std::string> input = {});

  void write(const std::filesystem::path& relative, std::string_view content);  // in `work`
  void append(const std::string& relative, std::string_view text);              // in `work`

  // Everything as it was built.
  void reset();

  // The gates that logged `blocked` since reset(), in order, those of the server included.
  std::vector<std::string> blocked() const;
  Refs refs(bool server) const;
  const Refs& first_refs(bool server) const { return server ? server_refs_ : repo_refs_; }
  // Whether a branch (this one, or any; on the server: any ref) brings a commit that changes the
  // path.
  bool landed(bool server, const std::string& path, const std::string& ref);

 private:
  Stage(app::Session& session, const Ground& ground);
  void make_repository(const git::Repository& user, const Ground& ground);
  void make_server();
  void enrol();
  std::vector<std::filesystem::path> logs() const;
  process::Result run(std::vector<std::string> argv, const Step& step);

  process::SignalGuard signals_;
  Scratch scratch_;
  Scene scene_;
  std::filesystem::path self_, state_;
  std::vector<std::string> unset_, set_;
  Refs repo_refs_, server_refs_;
  std::map<std::filesystem::path, std::uint64_t> log_ends_;
  std::string locks_;
};

}  // namespace gs::proof
