// prepare-commit-msg: who made a commit, said in its message where the policy asks for it.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

struct Trailers : testing::Test {
  StreamRepo repo{two_streams("trailers: true\n")};
  Place f1 = repo.agent("F1");

  std::string message(const Place& place) const { return place.must("git log -1 --format=%B"); }
  static std::string count(const Place& place) {
    return place.must("git log -1 --format='%(trailers:key=Agent,valueonly)' | grep -c agent || :");
  }
};

const char* const kSigned = "Agent: agent-F1\nStream: F\n\n";

TEST_F(Trailers, SayWhoMadeACommit) {
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_EQ(message(f1), std::string("change\n\n") + kSigned);
}

TEST_F(Trailers, AreAddedOnceWhateverIsDone) {
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  f1.must("git commit -q --amend --no-edit; git commit -q --amend -m 'new title' -m body");
  EXPECT_EQ(message(f1), std::string("new title\n\nbody\n\n") + kSigned);
  f1.must("git commit -q --amend --no-edit; git commit -q -C HEAD --allow-empty");
  EXPECT_EQ(count(f1), "1\n");
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  f.must("git stream install --stream F");
  ASSERT_THAT(f.with("GIT_STREAM_AGENT=F1").commit("llm/sentiment.py", "more\n"), Commits());
  f.with("GIT_STREAM_AGENT=F2").must("git commit -q --amend --no-edit --allow-empty");
  EXPECT_EQ(message(f), std::string("change\n\n") + kSigned) << "the author's stay";
}

TEST_F(Trailers, JoinABlockThatIsThere) {
  f1.write("llm/sentiment.py", "1\n");
  f1.must("git commit -q -a -s -m title -m 'Reviewed-by: Ada <ada@example.org>'");
  EXPECT_THAT(message(f1),
              HasSubstr("title\n\nReviewed-by: Ada <ada@example.org>\nSigned-off-by: "));
  EXPECT_THAT(message(f1), HasSubstr(std::string("\n") + kSigned));
}

TEST_F(Trailers, StandAboveWhatAnEditorShows) {
  f1.write("llm/sentiment.py", "1\n");
  f1.with("GIT_EDITOR=cp .git/COMMIT_EDITMSG seen 2>/dev/null; cat \"$1\" >../seen; true")
      .must("git commit -q -a -v -e -m title");
  EXPECT_THAT(f1.read("../seen"), HasSubstr(std::string("title\n\nAgent: agent-F1\nStream: F\n")));
  EXPECT_EQ(message(f1), std::string("title\n\n") + kSigned);
}

TEST_F(Trailers, KnowWhatACommentIs) {
  f1.write("llm/sentiment.py", "1\n");
  f1.must("git config core.commentChar ';'; git commit -q -a -m title -e");
  EXPECT_EQ(message(f1), std::string("title\n\n") + kSigned);
  f1.write("llm/sentiment.py", "2\n");
  f1.must("git config core.commentChar auto; git commit -q -a -m '# title' -e --cleanup=scissors");
  EXPECT_EQ(message(f1), std::string("# title\n\n") + kSigned);
}

// Without an editor git keeps what looks like a comment, and so it is text.
TEST_F(Trailers, FollowTextThatLooksLikeAComment) {
  f1.write("../message", "#7: from a file\n");
  for (const std::string message :
       {"-m '#42 fix'", "-m '#42 fix' -m '#43 too'", "-m 'Fix' -m '# Why' -m '#43'",
        "-F ../message", "-m '#42 fix\n# no comment'", "-m '#42' --cleanup=verbatim"}) {
    const std::string text =
        f1.must("git commit -q --allow-empty " + message + " && git log -1 --format=%B");
    EXPECT_THAT(text, testing::EndsWith(std::string("\n\n") + kSigned)) << message;
    EXPECT_THAT(
        text, testing::AnyOf(testing::StartsWith("#"), testing::StartsWith("Fix\n\n# Why\n\n#43")));
    f1.must("git commit -q --amend --no-edit --allow-empty");
    EXPECT_EQ(this->message(f1), text) << "once";
    EXPECT_EQ(count(f1), "1\n") << message;
  }
  f1.must("git -c core.commentChar=% commit -q --allow-empty -m '%d is formatted'");
  EXPECT_EQ(count(f1), "1\n");
  f1.must("GIT_EDITOR=true git commit -q --allow-empty -e -m title -m '# dropped'");
  EXPECT_EQ(message(f1), std::string("title\n\n") + kSigned);
  f1.must("git -c commit.cleanup=strip commit -q --allow-empty -m title -m '# dropped'");
  EXPECT_EQ(message(f1), std::string("title\n\n") + kSigned);
}

TEST_F(Trailers, StandAboveAListOfConflicts) {
  ASSERT_THAT(f1.commit("llm/sentiment.py", "1\n"), Commits());
  repo.write("llm/sentiment.py", "2\n");
  repo.commit_all("Owner");
  f1.must("git merge -q develop >/dev/null 2>&1 || true; git commit -q -a --no-edit");
  EXPECT_THAT(message(f1), HasSubstr(std::string("work-F1\n\nAgent: agent-F1\nStream: F\n")));
  EXPECT_EQ(count(f1), "1\n");
}

TEST_F(Trailers, AnUntouchedEditorStillGivesTheCommitUp) {
  f1.write("llm/sentiment.py", "1\n");
  const Said said = f1.sh("git commit -q -a");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors, HasSubstr("empty commit message"));
}

TEST_F(Trailers, InMergesAndPicks) {
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  repo.write("setup.py", "owner = 1\n");
  repo.commit_all("Owner");
  f1.must("git merge -q --no-edit develop");
  EXPECT_EQ(message(f1), std::string("Merge branch 'develop' into work-F1\n\n") + kSigned);
  f1.must("git checkout -q -b again develop; git cherry-pick work-F1~1 >/dev/null");
  EXPECT_EQ(count(f1), "1\n");
}

TEST_F(Trailers, OnlyOfStreams) {
  repo.write("setup.py", "owner = 1\n");
  repo.owner().must("git commit -q -a -m owner");
  EXPECT_EQ(message(repo.owner()), "owner\n\n");
  repo.set_policy(two_streams());
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_EQ(message(f1), "change\n\n") << "the policy does not ask for them";
}

TEST_F(Trailers, AreAddedToWhatAHookBeforeMadeOfIt) {
  repo.owner().must(
      "git stream uninstall --all; printf '%s\\n' '#!/bin/sh' "
      "'echo \"TICKET-1 $(cat \"$1\")\" >\"$1\"' >.git/hooks/prepare-commit-msg;"
      "chmod +x .git/hooks/prepare-commit-msg");
  f1.must("git stream install --agent F1");
  f1.write("llm/sentiment.py", "1\n");
  f1.must("git commit -q -a -m title");
  EXPECT_EQ(message(f1), std::string("TICKET-1 title\n\n") + kSigned);
}

TEST_F(Trailers, StopNothingWhenThePolicyIsBroken) {
  repo.set_policy("version: 1\nstreans: {}\n");
  repo.write(".streams.yaml", two_streams());
  EXPECT_THAT(repo.owner().sh("git commit -q -a -m repair"), Commits());
}

}  // namespace
}  // namespace gs::test
