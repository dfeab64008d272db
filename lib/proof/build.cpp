// How the scratch repository and its server are made.

#include <fstream>
#include <unistd.h>

#include "lib/app/git_command.h"
#include "lib/core/error.h"
#include "lib/proof/stage.h"
#include "lib/store/files.h"
#include "lib/store/state_dir.h"
#include "lib/streams/worktree_git.h"

extern char** environ;

namespace gs::proof {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

constexpr std::size_t kLargestShallow = 64 << 20;

// Whatever git or we could be told there is about another repository, or about another agent.
std::vector<std::string> git_variables() {
  std::vector<std::string> names = process::local_git_variables();
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (text.starts_with("GIT_")) names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

std::vector<std::string> clean_environment(const fs::path& root) {
  std::vector<std::string> set{"GIT_CONFIG_NOSYSTEM=1",
                               "GIT_CONFIG_GLOBAL=/dev/null",
                               "GIT_ATTR_NOSYSTEM=1",
                               "GIT_TERMINAL_PROMPT=0",
                               "GIT_EDITOR=true",
                               "GIT_MERGE_AUTOEDIT=no",
                               "LC_ALL=C.UTF-8",
                               "HOME=" + root.string(),
                               "XDG_CONFIG_HOME=" + root.string(),
                               "XDG_CACHE_HOME=" + root.string()};
  for (const char* role : {"AUTHOR", "COMMITTER"}) {
    set.push_back(std::string("GIT_") + role + "_NAME=git-stream");
    set.push_back(std::string("GIT_") + role + "_EMAIL=proof@git-stream.invalid");
  }
  return set;
}

void put(const fs::path& file, std::string_view content) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << content;
  if (!out.flush()) throw Error(ExitCode::broken, "cannot write " + file.string());
}

// Objects are read where the user has them; nothing is ever written there, and no git is started
// there to list its refs.
void borrow_objects(const fs::path& git_dir, const fs::path& users) {
  put(git_dir / "objects" / "info" / "alternates", (users / "objects").string() + "\n");
  if (const auto shallow = store::read_file(users / "shallow", kLargestShallow))
    put(git_dir / "shallow", *shallow);
  put(git_dir / "info" / "attributes", "* -text -ident !filter !merge !working-tree-encoding\n");
  put(git_dir / "config",
      "[core]\n\talternateRefsCommand = true\n\tautocrlf = false\n[gc]\n\tauto = 0\n"
      "[maintenance]\n\tauto = false\n[advice]\n\tdetachedHead = false\n");
}

}  // namespace

Stage::Stage(app::Session& session) : Stage(session, ground_of(session)) {}

Stage::Stage(app::Session& session, const Ground& ground)
    : scratch_(session.repository().layout()),
      scene_(cast_from(session.policy(), ground.files, session.repository().ignore_case()),
             session.policy(), scratch_.path()),
      self_(fs::read_symlink("/proc/self/exe")),
      state_(scene_.repo / scene_.policy.state_dir),
      unset_(git_variables()),
      set_(clean_environment(scene_.root)) {
  make_repository(session.repository(), ground);
  make_server();
  enrol();
  repo_refs_ = refs(false);
  server_refs_ = refs(true);
  reset();
}

void Stage::make_repository(const git::Repository& user, const Ground& ground) {
  quietly(scene_.root, {"init", "-q", "--template=", "-b", scene_.trunk, scene_.repo.string()});
  borrow_objects(scene_.repo / ".git", user.layout().common_dir);
  quietly(scene_.repo, {"fast-import", "--quiet", "--done"}, import_commands(scene_, ground, user));
  read_commits(scene_);
  std::string refs = "update refs/heads/" + scene_.trunk + " " + scene_.ahead + "\nupdate " +
                     scene_.ref() + " " + scene_.tip + "\n";
  if (!scene_.rivals.empty())
    refs += "update refs/heads/" + scene_.rivals + " " + scene_.start + "\n";
  refs += "update refs/remotes/origin/" + scene_.trunk + " " + scene_.ahead + "\n";
  for (const auto& [name, id] : this->refs(false)) refs += "delete " + name + "\n";
  quietly(scene_.repo, {"update-ref", "--stdin"}, refs);
  if (!scene_.cast.theirs.empty())
    scene_.stray_blob =
        quietly(scene_.repo, {"rev-parse", scene_.stray + ":" + scene_.cast.theirs}).substr(0, 40);
  quietly(scene_.repo, {"reset", "-q", "--hard"});
}

void Stage::make_server() {
  quietly(scene_.root,
          {"init", "-q", "--bare", "--template=", "-b", scene_.trunk, scene_.server.string()});
  borrow_objects(scene_.server, scene_.repo / ".git");
  put(scene_.repo / ".git" / "config",
      "[remote \"origin\"]\n\turl = ../server.git\n\tfetch = "
      "+refs/heads/*:refs/remotes/origin/*\n");
  std::string refs = "update refs/heads/" + scene_.trunk + " " + scene_.ahead + "\n";
  if (!scene_.rivals.empty())
    refs += "update refs/heads/" + scene_.rivals + " " + scene_.start + "\n";
  quietly(scene_.server, {"update-ref", "--stdin"}, refs);
}

// As users do it, by our own command.
void Stage::enrol() {
  const auto must = [&](const Step& step) {
    const process::Result result = stream(step);
    if (result.status != 0)
      throw Error(ExitCode::broken,
                  "git stream install failed in the scratch clone: " + app::in_one_line(result));
  };
  quietly(scene_.repo, {"worktree", "add", "-q", scene_.work.string(), scene_.branch});
  must({{"install", "--agent", scene_.cast.agent.full()}});
  // It stops nothing, and would run the policy's own programs after every merge.
  fs::remove(scene_.repo / ".git" / "hooks" / "post-merge");
  must({{"install", "--server"}, {}, {}, scene_.server});
  put(store::StateDir(scene_.server / "stream").activity(),
      "");  // a server logs where it finds one
  locks_ = store::read_file(store::StateDir(state_).locks(), kLargestLocks).value_or("");
}

}  // namespace gs::proof
