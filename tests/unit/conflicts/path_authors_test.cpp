#include "lib/conflicts/path_authors.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <random>

#include "lib/git/refs/history.h"
#include "lib/state/clock.h"
#include "tests/support/temp_repo.h"

namespace gs::conflicts {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::Not;

class PathAuthorsTest : public testing::Test {
 protected:
  PathAuthorsTest() {
    repo.write(".streams.yaml", "version: 1\nstreams: {}\n");
    repo.write("a/b/c.py", "start\n");
    repo.commit_all("Start");
  }

  // A change of one of a few paths, some of which are folders now and files then.
  void change() {
    static constexpr const char* kPaths[] = {"a/b/c.py", "a/b",     "a/d.py",
                                             "e.py",     "f*/g.py", "e.py/h.py"};
    const fs::path path = repo.path() / kPaths[random() % std::size(kPaths)];
    std::error_code below_a_file;
    fs::remove_all(path, below_a_file);
    if (random() % 4 != 0) {
      for (fs::path folder = path.parent_path(); folder != repo.path();
           folder = folder.parent_path())
        if (fs::is_regular_file(folder)) fs::remove(folder);
      repo.write(path.lexically_relative(repo.path()).string(), std::to_string(random()));
    }
    repo.git({"add", "-A"});
    repo.git({"-c", "user.name=" + std::string("Ada\xc3\xa9 ") + std::to_string(random() % 3),
              "commit", "-q", "--no-verify", "--allow-empty", "-m", "Change"});
  }

  core::ObjectId at(const std::string& name) const {
    return *core::ObjectId::from_hex(repo.git({"rev-parse", name}).substr(0, test::id_digits()));
  }

  // As git has it: of a folder, what is below it.
  std::string by_git(const std::string& base, const std::string& path) const {
    return repo
        .git({"--literal-pathspecs", "log", "-1", "--format=%an (%h)", "--abbrev=10",
              base + "..HEAD", "--", path})
        .substr(0, 200);
  }

  std::map<std::string, std::string> found(const std::string& base,
                                           const std::vector<std::string>& paths) const {
    session::Session session(git::Repository::discover(repo.path()));
    return PathAuthors(session).between(at(base), at("HEAD"), paths);
  }

  test::TempRepo repo;
  std::mt19937 random{11};
};

TEST_F(PathAuthorsTest, AreThoseThatGitNames) {
  for (int i = 0; i < 24; ++i) change();
  // Files alone: where a path was a file and a folder in turn, its own last change counts here.
  const std::vector<std::string> paths{"a/b/c.py", "a/d.py", "f*/g.py", "never.py"};
  for (const std::string base : {"HEAD~24", "HEAD~9", "HEAD~2", "HEAD~1", "HEAD"}) {
    const auto names = found(base, paths);
    for (const std::string& path : paths) {
      const std::string expected = by_git(base, path);
      const auto name = names.find(path);
      EXPECT_EQ(name == names.end() ? "" : name->second + "\n", expected) << base << " " << path;
    }
  }
}

TEST_F(PathAuthorsTest, OfAFolderAreThoseOfWhatIsBelow) {
  change();
  repo.write("new/deep/x.py", "1\n");
  repo.commit_all("Below");
  const auto names = found("HEAD~1", {"new", "new/deep"});
  ASSERT_THAT(names, Not(IsEmpty()));
  EXPECT_EQ(names.at("new") + "\n", by_git("HEAD~1", "new"));
  EXPECT_EQ(names.at("new/deep"), names.at("new"));
}

TEST_F(PathAuthorsTest, AMergeIsLeftToGit) {
  repo.git({"checkout", "-q", "-b", "side"});
  repo.write("e.py", "side\n");
  repo.commit_all("Side");
  repo.git({"checkout", "-q", "develop"});
  repo.write("e.py", "main\n");
  repo.commit_all("Main");
  const std::string kept = by_git("HEAD~1", "e.py");
  repo.git({"merge", "-q", "-s", "ours", "-m", "Merge", "side"});
  EXPECT_EQ(found("HEAD~2", {"e.py"}).at("e.py") + "\n", kept);
}

}  // namespace
}  // namespace gs::conflicts
