#include "lib/proof/scratch_clone.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fmt/core.h>
#include <fstream>
#include <sys/file.h>
#include <unistd.h>

#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/git/refs/history.h"
#include "lib/git/refs/refs.h"
#include "lib/git/settings.h"
#include "lib/install/installation.h"
#include "lib/policy/integration_record.h"
#include "lib/state/files.h"
#include "lib/state/journal.h"
#include "lib/state/state_dir.h"

extern char** environ;

namespace gs::proof {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using core::ObjectId;

// The scratch folder.

constexpr char kPrefix[] = "proof-";

fs::path folder_for(const git::Layout& layout) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "git-stream";
  return layout.common_dir / "stream";
}

// Nothing while another process holds it.
platform::Descriptor hold(const fs::path& folder) {
  platform::Descriptor held(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (held && flock(held.get(), LOCK_EX | LOCK_NB) != 0) held.close();
  return held;
}

void remove_leftovers(const fs::path& folder) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const platform::Descriptor held = hold(entry.path());
    if (held) fs::remove_all(entry.path(), failed);
  }
}

}  // namespace

ScratchFolder::ScratchFolder(const git::Layout& layout) {
  const fs::path folder = folder_for(layout);
  std::error_code failed;
  fs::create_directories(folder, failed);
  remove_leftovers(folder);
  while (!held_ || !fs::exists(path_)) {  // another one may tidy up just before it is held
    std::string name = (folder / kPrefix).string() + "XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      throw Error(
          ExitCode::broken,
          "cannot make a scratch folder in " + folder.string() + ": " + std::strerror(errno),
          "set XDG_CACHE_HOME to a folder that can be written");
    }
    path_ = fs::weakly_canonical(name);
    held_ = hold(path_);
  }
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

// What the scratch history is made from, read from the user's repository.
struct ScratchClone::Ground {
  std::optional<ObjectId> tip;     // of what has the policy; none: nothing is committed yet
  std::vector<std::string> files;  // regular ones
  bool whole = true;               // false: the tree is too large to be checked out
  std::string policy;              // the worktree's copy, where none is committed yet
};

namespace {

// A small history on top of the user's own, in which every bad commit exists already, on no branch:
// what each is made on, and what it changes. Shell lines know them in capitals: $STRAY.
//
//   ground      the user's tip    the files that are needed
//   start       ground            $THEIRS, by the owner; where the streams began
//   tip         start             $MINE; the stream's branch
//   ahead       start             $THEIRS, by the owner; the integration branch
//   stray       tip               $THEIRS
//   side        start             $THEIRS; the rivals' branch on the server
//   fresh       tip               $MINE
//   empty_side  start             nothing
//   ahead_mine  ahead             the beginning of $MINE, by the owner
//   takeover    ahead             a policy that gives the agent everything, on the branch `wide`
constexpr std::array<std::string_view, 10> kCommits{"ground",     "start",   "tip",   "ahead",
                                                    "stray",      "side",    "fresh", "empty_side",
                                                    "ahead_mine", "takeover"};

constexpr std::size_t kMostFiles = 2000;  // that are checked out for a proof
constexpr std::size_t kLargestPolicy = 2 << 20, kLargestLocks = 16 << 20,
                      kLargestShallow = 64 << 20;
// What the owner changes, where nothing is out of bounds.
constexpr char kNobodys[] = "git-stream-proof.txt";

std::string swapped_case(std::string text) {
  bool letters = false;
  for (char& c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) c = static_cast<char>(c ^ 0x20);
    letters = letters || letter;
  }
  return letters ? text : std::string();
}

std::string in_capitals(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c ^ 0x20);
  return text;
}

std::optional<ObjectId> policy_commit(session::Session& session) {
  const git::Repository& repository = session.repository();
  const policy::PinnedPolicy& pinned = *session.pinned();
  if (pinned.origin == policy::PinnedPolicy::Origin::worktree)
    return repository.resolve("refs/heads/" + pinned.policy.integration_branch.str());
  const std::string name =
      pinned.source.substr(0, pinned.source.size() - core::kPolicyFile.size() - 1);
  if (const auto local = repository.resolve("refs/heads/" + name)) return local;
  return repository.resolve("refs/remotes/" + name);
}

// Enough lines that changes at both ends merge.
std::string padding() {
  std::string text;
  for (int line = 1; line <= 8; ++line) text += fmt::format("# line {} of a proof\n", line);
  return text;
}

// Writes commits in git-fast-import(1)'s language, in refs/proof/NAME.
class Commits {
 public:
  explicit Commits(std::int64_t now) : now_(now) {}

  void begin(std::string_view name, std::string_view message, std::string_view from) {
    out_ += fmt::format("commit refs/proof/{}\ncommitter {} <proof@git-stream.invalid> {} +0000\n",
                        name, "git-stream", now_);
    data(message);
    if (!from.empty()) out_ += fmt::format("from {}\n", from);
  }
  void file(const std::string& path, std::string_view content) {
    out_ += fmt::format("M 100644 inline {}\n", path);
    data(content);
  }
  void raw(const std::string& line) { out_ += line; }
  // A commit on one of ours.
  void change(std::string_view name, std::string_view from, const std::string& path,
              const std::string& content) {
    begin(name, fmt::format("Proof: {}\n", name), fmt::format("refs/proof/{}", from));
    if (!path.empty()) file(path, content);
  }
  std::string take() { return std::move(out_) + "done\n"; }

 private:
  void data(std::string_view text) { out_ += fmt::format("data {}\n{}\n", text.size(), text); }

  std::int64_t now_;
  std::string out_;
};

std::string content_at(const git::Repository& repository, const std::optional<ObjectId>& commit,
                       const std::string& path) {
  const auto entry = commit ? repository.entry(*commit, path) : std::nullopt;
  std::string text = entry && core::mode::is_regular(entry->mode) ? repository.blob(entry->id) : "";
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text + padding();
}

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

void append_to(const fs::path& file, std::string_view content) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << content;
  if (!out.flush()) throw Error(ExitCode::broken, "cannot write " + file.string());
}

// Objects are read where the user has them; nothing is ever written there, and no git is started
// there to list its refs.
void borrow_objects(const fs::path& git_dir, const fs::path& users) {
  append_to(git_dir / "objects" / "info" / "alternates", (users / "objects").string() + "\n");
  if (const auto shallow = state::read_file(users / "shallow", kLargestShallow))
    append_to(git_dir / "shallow", *shallow);
  append_to(git_dir / "info" / "attributes",
            "* -text -ident !filter !merge !working-tree-encoding\n");
  append_to(git_dir / "config",
            "[core]\n\talternateRefsCommand = true\n\tautocrlf = false\n[gc]\n\tauto = 0\n"
            "[maintenance]\n\tauto = false\n[advice]\n\tdetachedHead = false\n");
}

Refs refs_in(const fs::path& git_dir) {
  git::Layout layout;
  layout.git_dir = layout.common_dir = git_dir;
  layout.ref_storage = git::Settings(git_dir, git_dir).format().refs;
  const git::Refs files(layout);
  Refs refs;
  for (const std::string& name : files.list("refs/"))
    if (const auto id = files.follow(name)) refs.emplace(name, id->hex());
  return refs;
}

// For `git update-ref --stdin`: from what there is to what there shall be. Symbolic refs
// themselves, such as the origin/HEAD that newer git makes at a fetch.
std::string ref_changes(const Refs& now, const Refs& wanted) {
  const std::string itself = "option no-deref\n";
  std::string text;
  for (const auto& [name, id] : now)
    if (!wanted.contains(name)) text += itself + "delete " + name + "\n";
  for (const auto& [name, id] : wanted) {
    const auto found = now.find(name);
    if (found == now.end() || found->second != id)
      text += itself + "update " + name + " " + id + "\n";
  }
  return text;
}

// What shell lines may call: `stage PATH` changes and adds a file, `change PATH` only changes it,
// `lock PATH` locks it for somebody else, `put PATH` makes it of its input, `widen` gives the agent
// everything by the worktree's copy of the policy, `forge BRANCH ID` makes the branch without any
// hook: by a file, or where refs are in tables as whoever writes a table would.
constexpr char kFunctions[] = R"sh(
change() { echo '# changed' >>"./$1"; }
stage() { change "$1"; git add -f -- ":(literal)$1"; }
lock() { (cd "$REPO" && unset GIT_STREAM_AGENT && "$PROGRAM" lock --task Proof ":/$1" >/dev/null); }
widen() { rm -f "$POLICY"; git cat-file blob "$TAKEOVER:$POLICY" >"$POLICY"; }
forge() {
  if [ -d "$REPO/.git/reftable" ]; then
    git -C "$REPO" -c core.hooksPath=/dev/null update-ref "refs/heads/$1" "$2"
  else
    echo "$2" >"$REPO/.git/refs/heads/$1"
  fi
}
put() { mkdir -p "$(dirname "$1")"; cat >"$1"; }
)sh";

}  // namespace

ScratchClone::Ground ScratchClone::ground_of(session::Session& session) {
  if (!session.pinned()) {
    throw Error(ExitCode::usage, "there is no policy: nothing is out of bounds", "git stream init");
  }
  Ground ground;
  const git::Repository& repository = session.repository();
  ground.tip = policy_commit(session);
  std::size_t entries = 0;
  if (ground.tip) {
    repository.each_file(*ground.tip, [&](std::string_view path, const git::TreeEntry& entry) {
      ++entries;
      if (core::mode::is_regular(entry.mode)) ground.files.emplace_back(path);
    });
  }
  const bool partial = repository.config("remote.origin.promisor").has_value();
  ground.whole = entries <= kMostFiles && !partial;
  const auto& worktree = repository.layout().worktree;
  if (session.pinned()->origin == policy::PinnedPolicy::Origin::worktree && worktree)
    ground.policy = state::read_file(*worktree / core::kPolicyFile, kLargestPolicy).value_or("");
  return ground;
}

ScratchClone::ScratchClone(session::Session& session) : ScratchClone(session, ground_of(session)) {}

ScratchClone::ScratchClone(session::Session& session, const Ground& ground)
    : folder_(session.repository().layout()),
      attacker_(
          choose_attacker(session.policy(), ground.files, session.repository().ignore_case())),
      policy_(session.policy()),
      root_(folder_.path()),
      repo_(root_ / "repo"),
      work_(root_ / "work"),
      server_(root_ / "server.git"),
      git_dir_(repo_ / ".git" / "worktrees" / "work"),
      state_(repo_ / ".git" / "stream" / "state"),
      self_(install::program_of_hooks(session.repository().layout())
                .value_or(install::own_program())),
      trunk_(policy_.integration_branch.str()),
      branch_(conflicts::branch_for(policy_, *policy_.find_stream(attacker_.stream)).str()),
      rivals_(attacker_.rival
                  ? conflicts::branch_for(policy_, *policy_.find_stream(*attacker_.rival)).str()
                  : ""),
      alias_(swapped_case(attacker_.theirs)),
      unset_(git_variables()),
      set_(clean_environment(root_)) {
  git_version_ = install::git_version(session.repository().layout());
  refs_in_tables_ =
      session.repository().layout().ref_storage.kind == git::RefStorage::Kind::reftable;
  // Of the repositories that the ways make themselves, too.
  const bool sha256 = session.repository().object_format() == core::ObjectFormat::sha256;
  set_.emplace_back(sha256 ? "GIT_DEFAULT_HASH=sha256" : "GIT_DEFAULT_HASH=sha1");
  make_repository(session.repository(), ground);
  make_server();
  enrol();
  name_variables();
  repo_refs_ = refs(false);
  server_refs_ = refs(true);
  reset();
}

const std::string& ScratchClone::commit(std::string_view name) const {
  return commits_.find(name)->second;
}

std::string ScratchClone::import_commands(const Ground& ground, const git::Repository& user) const {
  const std::string policy_file(core::kPolicyFile);
  const std::string target = attacker_.theirs.empty() ? kNobodys : attacker_.theirs;
  const std::string mine = content_at(user, ground.tip, attacker_.mine);
  const bool own_copy = target == policy_file && !ground.policy.empty();
  const std::string theirs =
      own_copy ? ground.policy + padding() : content_at(user, ground.tip, target);
  Commits commits(std::time(nullptr));
  commits.begin("ground", "Proof: the files that are needed\n",
                ground.tip ? ground.tip->hex() : "");
  if (!ground.whole && ground.tip) {  // the tree is cut down to what is needed, as it is
    commits.raw("deleteall\n");
    for (const std::string& path : {policy_file, attacker_.shared}) {
      const auto entry = path.empty() ? std::nullopt : user.entry(*ground.tip, path);
      if (entry) commits.raw(fmt::format("M {:o} {} {}\n", entry->mode, entry->id.hex(), path));
    }
  }
  if (!ground.policy.empty()) commits.file(policy_file, ground.policy);
  commits.file(attacker_.mine, mine);
  commits.file(target, theirs);
  commits.change("start", "ground", target, theirs + "# owner\n");
  commits.change("tip", "start", attacker_.mine, mine + "# work\n");
  commits.change("ahead", "start", target, "# ahead\n" + theirs + "# owner\n");
  commits.change("stray", "tip", target, theirs + "# owner\n# stray\n");
  commits.change("side", "start", target, theirs + "# owner\n# side\n");
  commits.change("fresh", "tip", attacker_.mine, mine + "# work\n# more\n");
  commits.change("empty_side", "start", "", "");
  commits.change("ahead_mine", "ahead", attacker_.mine, "# ahead\n" + mine);
  commits.change("takeover", "ahead", policy_file,
                 fmt::format("version: 1\nintegration_branch: wide\nstreams:\n  {}:\n"
                             "    name: Everything\n    agents:\n      {}: {{files: [\"**\"]}}\n",
                             attacker_.stream.str(), attacker_.agent.short_name()));
  return commits.take();
}

// git 2.39 knows no option for how refs are stored, and stores them in files.
std::vector<std::string> ScratchClone::init_arguments(std::vector<std::string> more) const {
  std::vector<std::string> arguments{"init", "-q"};
  if (refs_in_tables_) arguments.emplace_back("--ref-format=reftable");
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

void ScratchClone::make_repository(const git::Repository& user, const Ground& ground) {
  quietly(root_, init_arguments({"--template=", "-b", trunk_, repo_.string()}));
  borrow_objects(repo_ / ".git", user.layout().common_dir);
  quietly(repo_, {"fast-import", "--quiet", "--done"}, import_commands(ground, user));
  const Refs made = this->refs(false);
  std::string refs;
  for (const std::string_view name : kCommits) {
    const std::string ref = fmt::format("refs/proof/{}", name);
    const auto found = made.find(ref);
    if (found == made.end())
      throw Error(ExitCode::broken, "git fast-import made no " + std::string(name));
    commits_.emplace(name, found->second);
    refs += "delete " + ref + "\n";
  }
  refs += fmt::format(
      "update refs/heads/{0} {2}\nupdate refs/remotes/origin/{0} {2}\n"
      "update refs/heads/{1} {3}\n",
      trunk_, branch_, commit("ahead"), commit("tip"));
  if (!rivals_.empty()) refs += fmt::format("update refs/heads/{} {}\n", rivals_, commit("start"));
  quietly(repo_, {"update-ref", "--stdin"}, refs);
  quietly(repo_, {"reset", "-q", "--hard"});
}

void ScratchClone::make_server() {
  quietly(root_, init_arguments({"--bare", "--template=", "-b", trunk_, server_.string()}));
  borrow_objects(server_, repo_ / ".git");
  append_to(repo_ / ".git" / "config",
            "[remote \"origin\"]\n\turl = ../server.git\n\tfetch = "
            "+refs/heads/*:refs/remotes/origin/*\n");
  std::string refs = fmt::format("update refs/heads/{} {}\n", trunk_, commit("ahead"));
  if (!rivals_.empty()) refs += fmt::format("update refs/heads/{} {}\n", rivals_, commit("side"));
  quietly(server_, {"update-ref", "--stdin"}, refs);
}

// As users do it, by our own command.
void ScratchClone::enrol() {
  const auto install = [&](std::vector<std::string> arguments, const fs::path& folder) {
    arguments.insert(arguments.begin(), "install");
    const process::Result result = git_stream(std::move(arguments), folder);
    if (result.status != 0)
      throw Error(ExitCode::broken, "git stream install failed in the scratch clone: " +
                                        install::in_one_line(result));
  };
  quietly(repo_, {"worktree", "add", "-q", work_.string(), branch_});
  install({"--agent", attacker_.agent.full()}, work_);
  // It stops nothing, and would run the policy's own programs after every merge.
  fs::remove(repo_ / ".git" / "hooks" / "post-merge");
  install({"--server"}, server_);
  // A server logs where it finds a log.
  fs::create_directories(server_ / "stream" / "state");
  append_to(state::StateDir(server_ / "stream" / "state").activity(), "");
  locks_ = state::read_file(state::StateDir(state_).locks(), kLargestLocks).value_or("");
}

// What shell lines may name.
void ScratchClone::name_variables() {
  const auto name = [&](std::string_view variable, const std::string& value) {
    variables_.push_back(fmt::format("{}={}", variable, value));
  };
  name("ROOT", root_.string());
  name("REPO", repo_.string());
  name("WORK", work_.string());
  name("SERVER", server_.string());
  name("WORK_GIT_DIR", git_dir_.string());
  name("STATE", state_.string());
  name("PROGRAM", self_.string());
  name("POLICY", std::string(core::kPolicyFile));
  name("MINE", attacker_.mine);
  name("THEIRS", attacker_.theirs);
  name("SHARED", attacker_.shared);
  name("ALIAS", alias_);
  name("OWNER", attacker_.owner ? attacker_.owner->full() : "");
  name("OTHER", attacker_.other ? attacker_.other->full() : "");
  name("TRUNK", trunk_);
  name("BRANCH", branch_);
  name("RIVALS", rivals_);
  for (const auto& [commit, id] : commits_) name(in_capitals(commit), id);
  if (!attacker_.theirs.empty()) {
    const std::string id = quietly(repo_, {"rev-parse", commit("stray") + ":" + attacker_.theirs});
    name("STRAY_BLOB", id.substr(0, id.find('\n')));
  }
}

process::Result ScratchClone::run(process::Command command) {
  command.unset = unset_;
  command.set.insert(command.set.begin(), set_.begin(), set_.end());
  process::Result result = process::run(command);
  if (signals_.next())
    throw Error(ExitCode::interrupted,
                "interrupted: nothing is proved, and the scratch clone is gone");
  return result;
}

process::Result ScratchClone::shell(std::string_view lines, const fs::path& folder, Hooks hooks) {
  process::Command command;
  command.argv = {"sh", "-ec", kFunctions + std::string(lines)};
  command.directory = folder.string();
  command.set = variables_;
  if (hooks == Hooks::off) {
    command.set.insert(command.set.end(), {"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.hooksPath",
                                           "GIT_CONFIG_VALUE_0=/dev/null"});
  }
  return run(std::move(command));
}

process::Result ScratchClone::git(std::vector<std::string> arguments, const fs::path& folder) {
  arguments.insert(arguments.begin(), "git");
  return run({std::move(arguments), folder.string(), {}, {}, {}});
}

process::Result ScratchClone::git_stream(std::vector<std::string> arguments,
                                         const fs::path& folder) {
  arguments.insert(arguments.begin(), self_.string());
  return run({std::move(arguments), folder.string(), {}, {}, {}});
}

// git without hooks, which must not fail.
std::string ScratchClone::quietly(const fs::path& folder, std::vector<std::string> arguments,
                                  std::optional<std::string> input) {
  const std::string what = arguments.at(0);
  arguments.insert(arguments.begin(), {"git", "-c", "core.hooksPath=/dev/null"});
  process::Result result = run({std::move(arguments), folder.string(), {}, {}, std::move(input)});
  if (result.status == 0) return std::move(result.output);
  throw Error(ExitCode::broken,
              "git " + what + " failed in the scratch clone: " + install::in_one_line(result));
}

Refs ScratchClone::refs(bool server) const {
  return refs_in(server ? server_ : repo_ / ".git");
}

std::vector<fs::path> ScratchClone::logs() const {
  return {state::StateDir(state_).activity(),
          state::StateDir(server_ / "stream" / "state").activity()};
}

void ScratchClone::reset() {
  for (const char* left : {"rebase-merge", "rebase-apply", "sequencer"})
    fs::remove_all(git_dir_ / left);
  fs::remove(git_dir_ / "index.lock");
  quietly(work_, {"checkout", "-q", "-f", "-B", branch_, commit("tip")});
  quietly(work_, {"clean", "-ffdxq"});
  const bool moved = refs(false)["refs/heads/" + trunk_] != commit("ahead");
  for (const bool server : {false, true}) {
    const std::string changes = ref_changes(refs(server), first_refs(server));
    if (!changes.empty()) quietly(server ? server_ : repo_, {"update-ref", "--stdin"}, changes);
  }
  if (moved) quietly(repo_, {"reset", "-q", "--hard"});
  git::Layout layout;
  layout.common_dir = repo_ / ".git";
  policy::record_integration_tip(layout, *core::ObjectId::from_hex(commit("ahead")));
  const fs::path locks = state::StateDir(state_).locks();
  if (state::read_file(locks, kLargestLocks) != locks_) {
    state::AtomicFile file(locks, state::AtomicFile::Durability::cache);
    file.write(locks_);
    file.commit();
  }
  for (const fs::path& log : logs()) {
    std::error_code missing;
    const auto size = fs::file_size(log, missing);
    log_ends_[log] = missing ? 0 : size;
  }
}

std::vector<std::string> ScratchClone::blocked() const {
  std::vector<std::string> gates;
  state::LogFilter filter;
  filter.action = "blocked";
  for (const fs::path& log : logs()) {
    const state::LogRead read = state::read_log(log, filter, log_ends_.at(log));
    for (const state::LogLine& line : read.lines)
      gates.push_back(state::log_field(line.activity, "gate"));
  }
  return gates;
}

bool ScratchClone::has_change(bool server, const std::string& path, const std::string& ref) {
  const std::string any = server ? "--all" : "--branches";
  std::vector<std::string> arguments{"rev-list", "--full-history", "-1", ref.empty() ? any : ref,
                                     "--not"};
  for (const auto& [name, id] : first_refs(server)) arguments.push_back(id);
  arguments.insert(arguments.end(), {"--", path});
  return !quietly(server ? server_ : repo_, std::move(arguments)).empty();
}

}  // namespace gs::proof
