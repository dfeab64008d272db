// What a merge's committer did, in merges that git's own commands make. Random ones are compared
// with git merge-tree in tests/differential.

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/git/refs/history.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "a", "b" and "c" of nine lines in a root commit; "theirs" and "ours" begin at it, and ours is
// checked out.
class OwnChangesTest : public testing::Test {
 protected:
  OwnChangesTest() {
    for (const char* file : {"a", "b", "dir/c"}) repo_.write(file, kLines);
    repo_.commit_all("Root");
    repo_.git({"branch", "theirs"});
    repo_.git({"checkout", "-q", "-b", "ours"});
  }

  // A commit on a branch, by a shell line; "ours" is checked out again.
  void on(const std::string& branch, const std::string& script) const {
    sh("git checkout -q " + branch + "; " + script +
       "; git add -A; git commit -q -m x; git checkout -q ours");
  }
  void sh(const std::string& script) const {
    const process::Result result = repo_.run_in(repo_.path(), {"sh", "-ec", script});
    ASSERT_EQ(result.status, 0) << script << "\n" << result.output << result.errors;
  }
  // theirs merged into ours, with this done to it before it is committed.
  std::vector<std::string> merged(const std::string& script = "true",
                                  const std::string& how = "--no-ff theirs") const {
    repo_.try_git({"checkout", "-q", "-B", "result", "ours"});
    sh("git merge -q --no-commit " + how + " >/dev/null 2>&1 || true; " + script +
       "; git add -A; git commit -q -m Merged");
    return own("HEAD");
  }
  std::vector<std::string> own(const std::string& commit) const {
    const git::Repository repository = git::Repository::discover(repo_.path());
    const auto id = core::ObjectId::from_hex(trimmed(repo_.git({"rev-parse", commit})));
    std::vector<std::string> paths;
    for (const core::Change& change : git::changes_of(repository, git::commit(repository, *id)))
      paths.push_back(change.path);
    return paths;
  }

  static constexpr char kLines[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  TempRepo repo_;
};

TEST_F(OwnChangesTest, OneSidedPaths) {
  on("theirs", "echo theirs > b; git rm -q a; chmod +x dir/c; echo new > new");
  on("ours", "echo mine > mine");
  EXPECT_THAT(merged(), IsEmpty());
  EXPECT_THAT(merged("git checkout -q HEAD -- b"), ElementsAre("b"));
  EXPECT_THAT(merged("git checkout -q HEAD -- a"), ElementsAre("a"));
  EXPECT_THAT(merged("git rm -q -f new"), ElementsAre("new"));
  EXPECT_THAT(merged("chmod -x dir/c"), ElementsAre("dir/c"));
  EXPECT_THAT(merged("git rm -q mine"), ElementsAre("mine")) << "theirs never had it";
  EXPECT_THAT(merged("true", "-s ours theirs"), ElementsAre("a", "b", "dir/c", "new"));
  EXPECT_THAT(merged("git read-tree -u --reset theirs"), ElementsAre("mine"));
}

TEST_F(OwnChangesTest, PathsThatBothChanged) {
  on("theirs", "sed -i 1s/.*/theirs/ b");
  on("ours", "sed -i 9s/.*/ours/ b");
  EXPECT_THAT(merged(), IsEmpty());
  EXPECT_THAT(merged("git checkout -q ours -- b"), ElementsAre("b"));
  EXPECT_THAT(merged("git checkout -q theirs -- b"), ElementsAre("b"));
  EXPECT_THAT(merged("sed -i 5s/.*/evil/ b"), ElementsAre("b"));
}

TEST_F(OwnChangesTest, WhatGitCannotDecide) {
  on("theirs", "sed -i 5s/.*/theirs/ b; echo 1 > one");
  on("ours", "sed -i 5s/.*/ours/ b");
  EXPECT_THAT(merged("git checkout -q theirs -- b"), ElementsAre("b"));
  EXPECT_THAT(merged("git checkout -q ours -- b"), ElementsAre("b"));
  EXPECT_THAT(merged("echo both > b"), ElementsAre("b"));
  EXPECT_THAT(merged("true"), ElementsAre("b")) << "with git's marks in it";
  EXPECT_THAT(merged("echo both > b; git checkout -q HEAD -- .; git rm -q -f one"),
              ElementsAre("b", "one"));
}

// An old commit of the other side, which ours has: nothing is new in it.
TEST_F(OwnChangesTest, AnOldCommitAsTheOtherParent) {
  on("theirs", "echo theirs > b");
  on("ours", "git merge -q --no-edit theirs; echo more > mine");
  sh("git checkout -q -B result ours; git update-ref HEAD $(git commit-tree -m Old -p ours -p "
     "theirs~ $(git rev-parse theirs~^{tree}))");
  EXPECT_THAT(own("HEAD"), ElementsAre("b", "mine"));
}

TEST_F(OwnChangesTest, NothingConfiguredCounts) {
  on("theirs", "git mv dir moved; sed -i 1s/.*/theirs/ b");
  on("ours", "sed -i 9s/.*/ours/ dir/c; sed -i 9s/.*/ours/ b");
  sh("git config merge.evil.driver 'cp %A %A'; echo 'b merge=evil' > .git/info/attributes; git "
     "config merge.default evil");
  EXPECT_THAT(merged(), ElementsAre("b")) << "the driver has dropped theirs";
  sh("rm .git/info/attributes; git config --unset merge.default");
  for (const char* setting : {"merge.renames=false", "diff.renames=false", "merge.renormalize=true",
                              "merge.conflictStyle=diff3", "merge.directoryRenames=true"}) {
    EXPECT_THAT(merged(), IsEmpty());
    const std::string text = setting;
    sh("git config " + text.substr(0, text.find('=')) + " " + text.substr(text.find('=') + 1));
    EXPECT_THAT(own("HEAD"), IsEmpty()) << setting;
    sh("git config --unset " + text.substr(0, text.find('=')));
  }
  EXPECT_THAT(merged("git checkout -q theirs -- moved/c"), ElementsAre("moved/c"))
      << "ours is left out under its new name";
}

TEST_F(OwnChangesTest, Attributes) {
  const std::string attributes = "printf 'b merge=union\\na merge=mine\\n' > .gitattributes; ";
  on("ours", attributes + "sed -i 5s/.*/ours/ b a");
  on("theirs", "sed -i 5s/.*/theirs/ b a");
  sh("git config merge.mine.driver 'cat %B >> %A'");
  EXPECT_THAT(merged(), ElementsAre("a")) << "only one side says that it has a driver";
  on("theirs", attributes + "true");
  EXPECT_THAT(merged(), IsEmpty()) << "a by its driver, b by git";
  EXPECT_THAT(merged("echo evil > b"), ElementsAre("b"));
  EXPECT_THAT(merged("git checkout -q theirs -- a"), ElementsAre("a"));
  sh("git config merge.mine.driver false");
  EXPECT_THAT(merged("git checkout -q ours -- a b"), ElementsAre("a", "b"));
}

TEST_F(OwnChangesTest, SeveralBranches) {
  on("theirs", "echo theirs > b; sed -i 1s/.*/theirs/ a");
  sh("git branch third ours");
  on("third", "echo third > third; sed -i 9s/.*/third/ a");
  on("ours", "echo mine > mine");
  EXPECT_THAT(merged("true", "theirs third"), IsEmpty());
  EXPECT_THAT(merged("git checkout -q ours -- b", "theirs third"), ElementsAre("b"));
  EXPECT_THAT(merged("git rm -q -f third", "theirs third"), ElementsAre("third"));
  EXPECT_THAT(merged("git checkout -q theirs -- a", "theirs third"), ElementsAre("a"));
  EXPECT_THAT(merged("true", "-s ours theirs third"), ElementsAre("a", "b", "third"));
}

// Each side has merged the other's first commit: two bases, and each undoes nothing.
TEST_F(OwnChangesTest, CrissCross) {
  on("theirs", "echo theirs > b");
  on("ours", "echo ours > a");
  sh("git branch old; git merge -q --no-edit theirs; git checkout -q theirs; git merge -q "
     "--no-edit "
     "old; git checkout -q ours");
  on("theirs", "echo more >> b");
  on("ours", "echo more >> a");
  EXPECT_THAT(merged(), IsEmpty());
  EXPECT_THAT(merged("git checkout -q HEAD -- b"), ElementsAre("b"));
}

TEST_F(OwnChangesTest, AFolderThatMoves) {
  on("theirs", "echo new > dir/new");
  on("ours", "git mv dir moved");
  EXPECT_THAT(merged("git status --short"), IsEmpty()) << "as git suggests it";
  EXPECT_THAT(merged("mkdir dir; mv moved/new dir/new"), IsEmpty()) << "where it was added";
  EXPECT_THAT(merged("git rm -q -f moved/new"), ElementsAre("dir/new"));
}

TEST_F(OwnChangesTest, WithoutACommonHistory) {
  sh("git checkout -q --orphan other; git rm -q -r -f .; echo x > README; echo y > b; git add -A; "
     "git commit -q -m Other; git checkout -q ours");
  EXPECT_THAT(
      merged("git read-tree --prefix=sub -u other", "-s ours --allow-unrelated-histories other"),
      ElementsAre("README", "b", "sub/README", "sub/b"));
  EXPECT_THAT(merged("git checkout -q other -- b", "--allow-unrelated-histories other"),
              ElementsAre("b"));
}

TEST_F(OwnChangesTest, ASubtree) {
  sh("git checkout -q --orphan lib; git rm -q -r -f .; echo read > README; echo 1 > lib.py; git "
     "add "
     "-A; git commit -q -m Lib; git checkout -q ours; echo ours > README; git add -A; git commit "
     "-q "
     "-m Readme; git merge -q -s ours --no-commit --allow-unrelated-histories lib; git read-tree "
     "--prefix=sub -u lib; git commit -q -m Sub");
  on("lib", "echo 2 > README; echo 2 > lib.py; echo new > more.py");
  EXPECT_THAT(merged("true", "-X subtree=sub lib"),
              ElementsAre("README", "more.py", "sub/README", "sub/more.py"))
      << "sub/lib.py is lib.py under another name";
}

TEST_F(OwnChangesTest, ALinkToASubmodule) {
  const std::string link = "git update-index --add --cacheinfo 160000,";
  const std::string one(id_digits(), '1'), two(id_digits(), '2'), three(id_digits(), '3');
  const auto pinned = [&](const std::string& branch, const std::string& commit) {
    sh("git checkout -q " + branch + "; " + link + commit +
       ",sub; git commit -q -m Pin; git "
       "checkout -q ours");
  };
  pinned("theirs", one);
  sh("git checkout -q ours; git reset -q --hard; git merge -q --ff-only theirs");
  pinned("theirs", two);
  const auto made_with = [&](const std::string& commit) {
    sh("git checkout -q -B result ours; git read-tree theirs; " + link + commit +
       ",sub; git update-ref HEAD $(git commit-tree -m M -p ours -p theirs $(git write-tree)); git "
       "reset -q");
    return own("HEAD");
  };
  EXPECT_THAT(made_with(two), IsEmpty());
  EXPECT_THAT(made_with(one), ElementsAre("sub"));
  pinned("ours", three);
  EXPECT_THAT(made_with(two), IsEmpty()) << "which is the later one, only the submodule knows";
  EXPECT_THAT(made_with(three), IsEmpty());
  EXPECT_THAT(made_with(one), ElementsAre("sub"));
}

TEST_F(OwnChangesTest, LeavesNothingBehind) {
  on("theirs", "sed -i 1s/.*/theirs/ b");
  on("ours", "sed -i 9s/.*/ours/ b");
  merged();
  const std::string before = repo_.git({"count-objects", "-v"});
  const git::Repository repository = git::Repository::discover(repo_.path());
  const git::Commit merge = git::commit(repository, *repository.head());
  for (int i = 0; i < 3; ++i) EXPECT_THAT(git::changes_of(repository, merge), IsEmpty());
  EXPECT_TRUE(git::merge_base(repository, merge.parents[0], merge.parents[1]))
      << "objects can be read as before";
  EXPECT_EQ(repo_.git({"count-objects", "-v"}), before);
  EXPECT_THAT(repo_.run_in(repo_.path(), {"ls", ".git/stream"}).output, IsEmpty());
}

TEST_F(OwnChangesTest, AShallowCloneThatHidesTheParting) {
  on("theirs", "echo theirs > b");
  on("ours", "echo ours > a");
  merged();
  repo_.git_in(repo_.folder(), {"clone", "-q", "--depth=2", "-b", "result",
                                "file://" + repo_.path().string(), "clone"});
  const auto commit = core::ObjectId::from_hex(trimmed(repo_.git({"rev-parse", "result"})));
  const git::Repository clone = git::Repository::discover(repo_.folder() / "clone");
  try {
    git::changes_of(clone, git::commit(clone, *commit));
    ADD_FAILURE() << "nothing was said";
  } catch (const core::Error& error) {
    EXPECT_THAT(error.hint(), HasSubstr("git fetch --unshallow"));
  }
}

}  // namespace
}  // namespace gs::test
