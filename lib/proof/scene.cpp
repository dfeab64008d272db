#include "lib/proof/scene.h"

#include <ctime>
#include <fmt/format.h>

#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/git/refs/history.h"
#include "lib/git/refs/refs.h"
#include "lib/store/files.h"

namespace gs::proof {

namespace {

namespace fs = std::filesystem;
using core::ObjectId;

constexpr std::size_t kMostFiles = 2000;  // that are checked out for a proof
constexpr std::size_t kLargestPolicy = 2 << 20;
constexpr char kNobodys[] =
    "git-stream-proof.txt";  // what the owner changes, where nothing is out of bounds

std::string swapped_case(std::string text) {
  bool letters = false;
  for (char& c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) c = static_cast<char>(c ^ 0x20);
    letters = letters || letter;
  }
  return letters ? text : std::string();
}

std::optional<ObjectId> policy_commit(app::Session& session) {
  const git::Repository& repository = session.repository();
  const app::PinnedPolicy& pinned = *session.pinned();
  if (pinned.origin == app::PinnedPolicy::Origin::worktree)
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

// Writes commits in git-fast-import(1)'s language.
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

// The files of a tree that was cut down: as they are.
void keep_files(Commits& commits, const git::Repository& repository, const Ground& ground,
                const std::vector<std::string>& paths) {
  if (ground.whole || !ground.tip) return;
  commits.raw("deleteall\n");
  for (const std::string& path : paths) {
    const auto entry = path.empty() ? std::nullopt : repository.entry(*ground.tip, path);
    if (entry) commits.raw(fmt::format("M {:o} {} {}\n", entry->mode, entry->id.hex(), path));
  }
}

}  // namespace

Scene::Scene(Cast who, core::Policy rules, const fs::path& folder)
    : cast(std::move(who)),
      policy(std::move(rules)),
      root(folder),
      repo(root / "repo"),
      work(root / "work"),
      server(root / "server.git"),
      git_dir(repo / ".git" / "worktrees" / "work"),
      trunk(policy.integration_branch.str()),
      branch(conflicts::branch_for(policy, *policy.find_stream(cast.stream)).str()),
      rivals(cast.rival ? conflicts::branch_for(policy, *policy.find_stream(*cast.rival)).str()
                        : ""),
      alias(swapped_case(cast.theirs)) {}

std::string wide_policy(const Scene& scene) {
  return fmt::format(
      "version: 1\nintegration_branch: {}\nstreams:\n  {}:\n    name: Everything\n    agents:\n"
      "      {}: {{files: [\"**\"]}}\n",
      kWideBranch, scene.cast.stream.str(), scene.cast.agent.short_name());
}

Ground ground_of(app::Session& session) {
  if (!session.pinned()) {
    throw core::Error(core::ExitCode::usage, "there is no policy: nothing is out of bounds",
                      "git stream init");
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
  if (session.pinned()->origin == app::PinnedPolicy::Origin::worktree && worktree)
    ground.policy = store::read_file(*worktree / core::kPolicyFile, kLargestPolicy).value_or("");
  return ground;
}

std::string import_commands(const Scene& scene, const Ground& ground,
                            const git::Repository& repository) {
  const Cast& cast = scene.cast;
  const std::string policy_file(core::kPolicyFile);
  const std::string target = cast.theirs.empty() ? kNobodys : cast.theirs;
  const std::string mine = content_at(repository, ground.tip, cast.mine);
  const bool own_copy = target == policy_file && !ground.policy.empty();
  const std::string theirs =
      own_copy ? ground.policy + padding() : content_at(repository, ground.tip, target);
  Commits commits(std::time(nullptr));
  commits.begin("ground", "Proof: the files that are needed\n",
                ground.tip ? ground.tip->hex() : "");
  keep_files(commits, repository, ground, {policy_file, cast.shared});
  if (!ground.policy.empty()) commits.file(policy_file, ground.policy);
  commits.file(cast.mine, mine);
  commits.file(target, theirs);
  commits.change("start", "ground", target, theirs + "# owner\n");
  commits.change("tip", "start", cast.mine, mine + "# work\n");
  commits.change("ahead", "start", target, "# ahead\n" + theirs + "# owner\n");
  commits.change("stray", "tip", target, theirs + "# owner\n# stray\n");
  commits.change("side", "start", target, theirs + "# owner\n# side\n");
  commits.change("fresh", "tip", cast.mine, mine + "# work\n# more\n");
  commits.change("empty_side", "start", "", "");
  commits.change("ahead_mine", "ahead", cast.mine, "# ahead\n" + mine);
  commits.change("takeover", "ahead", policy_file, wide_policy(scene));
  return commits.take();
}

void read_commits(Scene& scene) {
  const fs::path git_dir = scene.repo / ".git";
  const git::RefFiles refs(git_dir, git_dir);
  const auto read = [&](const char* name, std::string& into) {
    const auto id = refs.follow(std::string("refs/proof/") + name);
    if (!id)
      throw core::Error(core::ExitCode::broken, "git fast-import made no " + std::string(name));
    into = id->hex();
  };
  read("ground", scene.ground);
  read("start", scene.start);
  read("tip", scene.tip);
  read("ahead", scene.ahead);
  read("stray", scene.stray);
  read("side", scene.side);
  read("fresh", scene.fresh);
  read("empty_side", scene.empty_side);
  read("ahead_mine", scene.ahead_mine);
  read("takeover", scene.takeover);
}

}  // namespace gs::proof
