#include "lib/session/owner.h"

#include <algorithm>
#include <cstdlib>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/policy/integration_record.h"
#include "lib/session/identity.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/streams.h"

namespace gs::session {

namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(file, ignored));
}

fs::path owner_file(const fs::path& git_dir) {
  return git_dir / "stream" / "owner";
}

bool is_enrolled(const fs::path& git_dir) {
  return is_there(git_dir / "stream" / "identity");
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path below = path.lexically_relative(folder);
  return !below.empty() && *below.begin() != "..";
}

}  // namespace

void record_owners(const fs::path& git_dir) {
  fs::create_directories(owner_file(git_dir).parent_path());
  state::AtomicFile file(owner_file(git_dir));
  file.write("owner\n");
  file.commit();
}

bool has_recorded_owner(const git::Repository& repository) {
  if (is_there(owner_file(repository.layout().common_dir))) return true;
  const auto worktrees = repository.worktrees();
  return std::any_of(worktrees.begin(), worktrees.end(), [](const git::Worktree& worktree) {
    return is_there(owner_file(worktree.git_dir));
  });
}

namespace {

bool is_owners_at(const git::Repository& repository, const fs::path& git_dir,
                  const std::optional<core::BranchName>& branch) {
  if (is_enrolled(git_dir)) return false;
  if (is_there(owner_file(git_dir))) return true;
  const git::Layout& layout = repository.layout();
  const bool first = layout.main_worktree ? git_dir == layout.common_dir
                                          : branch == policy::integration_branch(layout);
  return first && !has_recorded_owner(repository);
}

}  // namespace

bool is_owners(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  if (!layout.worktree) return !layout.main_worktree;  // who works in the bare repository itself
  return is_owners_at(repository, layout.git_dir, repository.current_branch());
}

bool is_owners(const git::Repository& repository, const git::Worktree& worktree) {
  return is_owners_at(repository, worktree.git_dir, worktree.branch);
}

std::string owners_place(const git::Repository& repository) {
  for (const git::Worktree& worktree : repository.worktrees()) {
    if (!worktree.prunable && is_owners(repository, worktree)) return worktree.path.string();
  }
  return "an owner's worktree";
}

namespace {

// The session that started this process works as a stream's agent somewhere in this repository.
std::optional<std::string> bound_somewhere(const std::vector<git::Worktree>& worktrees) {
  const std::string session = session_in_environment();
  if (session.empty()) return std::nullopt;
  for (const git::Worktree& worktree : worktrees) {
    const auto bound = find_binding(worktree.git_dir, session, state::now());
    if (bound) {
      return "this session works " +
             (bound->agent ? "as " + bound->agent->full() : "in " + worktree.path.string());
    }
  }
  return std::nullopt;
}

// A shell that stands in an agent's worktree and names another with -C.
std::optional<std::string> called_from(const git::Repository& repository,
                                       const std::vector<git::Worktree>& worktrees) {
  const char* said = std::getenv("PWD");
  const fs::path folder = said != nullptr ? said : "";
  const git::Layout& layout = repository.layout();
  if (!folder.is_absolute()) return std::nullopt;
  for (const git::Worktree& worktree : worktrees) {
    const bool other = worktree.git_dir != layout.git_dir;
    if (other && is_enrolled(worktree.git_dir) && is_inside(folder, worktree.path))
      return "it was called from " + worktree.path.string() + ", an agent's worktree";
  }
  return std::nullopt;
}

}  // namespace

namespace {

// Besides what this worktree is recorded as.
std::optional<std::string> said_elsewhere(const git::Repository& repository) {
  const char* agent = std::getenv(kAgentVariable);
  if (agent != nullptr && *agent != '\0') return std::string(kAgentVariable) + " is set";
  const std::vector<git::Worktree> worktrees = repository.worktrees();
  if (auto bound = bound_somewhere(worktrees)) return bound;
  return called_from(repository, worktrees);
}

}  // namespace

std::optional<std::string> agent_at_work(const git::Repository& repository) {
  if (is_enrolled(repository.layout().git_dir)) return "this worktree is an agent's";
  return said_elsewhere(repository);
}

bool only_by_record(const git::Repository& repository) {
  return is_enrolled(repository.layout().git_dir) && !said_elsewhere(repository);
}

bool owner_acts(const git::Repository& repository) {
  return is_owners(repository) && !agent_at_work(repository);
}

std::optional<std::string> owner_name(const git::Repository& repository) {
  constexpr std::size_t kLongest = 60;  // bytes
  // git sets it for the hooks of a push that arrives: nobody here pushes.
  if (std::getenv("GIT_QUARANTINE_PATH") != nullptr || !owner_acts(repository)) return std::nullopt;
  std::string name = repository.config("user.name").value_or("");
  const char* said = std::getenv("GIT_COMMITTER_NAME");
  if (name.empty() && said != nullptr) name = said;
  name = core::cut_text(core::printable(name), kLongest);
  return (name.empty() ? "unnamed" : name) + std::string(core::kOwnerMark);
}

fs::path calling_folder(const git::Layout& layout) {
  const char* prefix = std::getenv("GIT_PREFIX");
  if (layout.worktree && prefix != nullptr && *prefix != '\0')
    return (*layout.worktree / prefix).lexically_normal();
  std::error_code ignored;
  return fs::current_path(ignored);
}

namespace {

std::string whose_is(const fs::path& git_dir) {
  const auto record = read_enrolment(git_dir);
  return record->agent ? record->agent->full() : "stream " + record->stream->str();
}

constexpr char kLost[] = "has lost its .git: git finds the main worktree there";
constexpr char kOther[] = "git was told to work for another one there";

bool has_lost_its_git(const fs::path& worktree, const fs::path& folder) {
  return is_inside(folder, worktree) && !is_there(worktree / ".git");
}

fs::path without_slash(fs::path path) {
  path = path.lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

// Those that git knows, with an identity.
std::optional<LostWorktree> lost_of_git(const git::Layout& layout, const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(layout.common_dir / "worktrees", none)) {
    constexpr std::size_t kLongest = 8192;
    std::string text = state::read_file(entry.path() / "gitdir", kLongest).value_or("");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const fs::path git_file = (entry.path() / text).lexically_normal();
    if (text.empty() || !has_lost_its_git(git_file.parent_path(), folder)) continue;
    if (!is_enrolled(entry.path())) continue;
    return LostWorktree{git_file.parent_path(), whose_is(entry.path()), kLost,
                        "git worktree repair"};
  }
  return std::nullopt;
}

// Those that only the state knows: git has forgotten them.
std::optional<LostWorktree> lost_of_state(const git::Layout& layout, const state::StateDir& state,
                                          const fs::path& folder) {
  for (const state::StreamRecord& record : state::read_streams(state).records) {
    if (record.worktree.empty() || record.merged_at) continue;
    const fs::path path = without_slash(*layout.main_worktree / record.worktree);
    if (path == *layout.main_worktree || !has_lost_its_git(path, folder)) continue;
    const std::string word = core::quote_shell(path.string());
    return LostWorktree{path, "stream " + record.id.str(), kLost,
                        "mv " + word + " " + core::quote_shell(path.string() + ".lost") +
                            " && git stream start " + record.id.str()};
  }
  return std::nullopt;
}

}  // namespace

namespace {

// GIT_DIR names the main worktree's, and the files are those of an enrolled one.
std::optional<LostWorktree> misled(const git::Repository& repository) {
  for (const git::Worktree& worktree : repository.worktrees()) {
    if (worktree.main || worktree.prunable || !is_enrolled(worktree.git_dir)) continue;
    if (is_inside(*repository.layout().worktree, worktree.path))
      return LostWorktree{worktree.path, whose_is(worktree.git_dir), kOther,
                          "unset GIT_DIR GIT_WORK_TREE"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<LostWorktree> lost_worktree(Session& session, const fs::path& folder) {
  const git::Repository& repository = session.repository();
  const git::Layout& layout = repository.layout();
  if (!layout.worktree || !layout.main_worktree || layout.git_dir != layout.common_dir)
    return std::nullopt;
  if (layout.worktree != layout.main_worktree) return misled(repository);
  const fs::path below = without_slash(folder).lexically_relative(*layout.worktree);
  if (below.empty() || below == "." || *below.begin() == "..") return std::nullopt;
  const auto head = repository.head();
  if (head && repository.entry(*head, below.generic_string())) return std::nullopt;
  const fs::path place = *layout.worktree / below;
  if (auto lost = lost_of_git(layout, place)) return lost;
  return lost_of_state(layout, session.state(), place);
}

std::string lost_text(const LostWorktree& lost) {
  return core::quote_path(lost.path.string()) + " is the worktree of " + lost.stream + " and " +
         lost.how;
}

void require_no_lost_worktree(Session& session, const fs::path& folder) {
  const auto lost = lost_worktree(session, folder);
  if (lost) throw core::Error(core::ExitCode::broken, lost_text(*lost), lost->repair);
}

}  // namespace gs::session
