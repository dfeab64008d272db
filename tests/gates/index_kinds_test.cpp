// Repositories and indexes of every kind git has: judged the same, or said to be unsupported.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

void judges(const Place& f1) {
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk));
  f1.must("git restore --staged models/risk.py; git checkout -q models/risk.py");
  f1.write("llm/sentiment.py", "again\n");
  EXPECT_THAT(f1.sh("git commit -q -a -m m"), Commits());
  f1.write("models/risk.py", "again\n");
  EXPECT_THAT(f1.sh("git commit -q -m m models/risk.py"), Blocks(kF1, kRisk));
}

TEST(IndexKinds, SplitIndex) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git config core.splitIndex true; git update-index --split-index");
  ASSERT_THAT(f1.must("ls $(git rev-parse --git-dir)"), HasSubstr("sharedindex."));
  judges(f1);
}

TEST(IndexKinds, SparseIndex) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git sparse-checkout init --cone --sparse-index; git sparse-checkout set llm");
  ASSERT_THAT(f1.must("git ls-files --sparse"), HasSubstr("models/\n"));
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
  const std::string blob = f1.must("echo 1 | git hash-object -w --stdin").substr(0, 40);
  f1.must("git update-index --add --cacheinfo 100644," + blob + ",models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, kRisk)) << "outside the cone";
}

TEST(IndexKinds, SparseCheckoutWithAFullIndex) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git sparse-checkout init --cone --no-sparse-index; git sparse-checkout set llm");
  ASSERT_FALSE(f1.has("models"));
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits()) << "what is not checked out is not deleted";
}

TEST(IndexKinds, IndexVersion4) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git config index.version 4; git update-index --index-version 4");
  judges(f1);
}

TEST(IndexKinds, WithoutTrustInModesOrTimes) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git config core.fileMode false; git config core.trustctime false");
  f1.must("git config core.untrackedCache true; git config index.threads true");
  judges(f1);
}

TEST(IndexKinds, IgnoringCase) {
  const StreamRepo repo(two_streams("locks: {auto: true}\n"));
  const Place f1 = repo.agent("F1");
  f1.must("git config core.ignorecase true");
  f1.must("git rm -rq --cached llm; rm -r llm");
  f1.write("LLM/Sentiment_X.PY", "1\n");
  f1.must("git add -A");
  const Said said = f1.sh("git commit -q -m m");
  EXPECT_EQ(findings_said(said.errors, kF1),
            Findings{"llm/news.py: scope: belongs to agent-F2 (stream F)"})
      << "LLM/Sentiment_X.PY is in the scope llm/sentiment*.py";
}

TEST(IndexKinds, LocksIgnoreCaseToo) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git config core.ignorecase true; git stream lock docs/Guide.md");
  f2.must("git rm -q docs/guide.md");
  EXPECT_THAT(f2.commit("docs/GUIDE.md"),
              Blocks(kF2, Findings{"docs/GUIDE.md: lock: held by agent-F1 until TIME",
                                   "docs/guide.md: lock: held by agent-F1 until TIME"}));
}

TEST(IndexKinds, WithSettingsOfTheWorktree) {
  const StreamRepo repo;
  repo.git({"config", "extensions.worktreeConfig", "true"});
  const Place f1 = repo.agent("F1");
  f1.must("git config --worktree user.nickname one");
  judges(f1);
  EXPECT_THAT(f1.must("git stream status"), HasSubstr("you are  agent-F1 (stream F)"));
}

TEST(IndexKinds, ABloblessClone) {
  const StreamRepo repo;
  repo.git({"config", "uploadpack.allowFilter", "true"});
  const Place folder(repo, repo.folder());
  folder.must("git clone -q --filter=blob:none --no-checkout file://$PWD/repo clone");
  const Place clone = folder.in("clone");
  clone.must("git sparse-checkout set llm; git checkout -q develop");
  clone.must("git config extensions.partialClone origin");  // as older gits note it
  clone.must("git stream install --agent F1");
  EXPECT_THAT(clone.commit("llm/sentiment.py"), Commits());
  repo.git({"config", "uploadpack.allowFilter", "false"});
  folder.must("mv repo gone");
  const std::string blob = clone.must("echo 1 | git hash-object -w --stdin").substr(0, 40);
  clone.must("git update-index --add --cacheinfo 100644," + blob + ",models/risk.py");
  EXPECT_THAT(clone.sh("git commit -q -m m"), Blocks(kF1, kRisk)) << "and asks nobody for blobs";
  folder.must("mv gone repo");
}

TEST(IndexKinds, ATreelessClone) {
  const StreamRepo repo;
  repo.git({"config", "uploadpack.allowFilter", "true"});
  const Place folder(repo, repo.folder());
  folder.must("git clone -q --filter=tree:0 file://$PWD/repo clone");
  const Place clone = folder.in("clone");
  clone.must("git stream install --agent F1");
  judges(clone);
}

TEST(IndexKinds, AShallowClone) {
  const StreamRepo repo;
  repo.commit_all("Second");
  const Place folder(repo, repo.folder());
  folder.must("git clone -q --depth 1 file://$PWD/repo clone");
  const Place clone = folder.in("clone");
  clone.must("git stream install --agent F1");
  judges(clone);
}

TEST(IndexKinds, ACloneThatBorrowsItsObjects) {
  const StreamRepo repo;
  const Place folder(repo, repo.folder());
  folder.must("git clone -q --shared repo clone; git -C repo gc -q");
  const Place clone = folder.in("clone");
  clone.must("git stream install --agent F1");
  judges(clone);
}

TEST(IndexKinds, PackedRefsAndObjects) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must(
      "git pack-refs --all; git gc -q --prune=now; git commit-graph write --reachable 2>/dev/null");
  judges(f1);
}

TEST(IndexKinds, Sha256IsNotJudgedAndSaysSo) {
  const TempRepo repo({"--object-format=sha256"});
  const Place owner(repo, repo.path());
  owner.write(".streams.yaml", two_streams());
  EXPECT_THAT(owner.sh("git stream init"), Complains(2, "SHA-256"));
  EXPECT_THAT(owner.sh("git stream install --agent F1"), Complains(2, "SHA-256"));
  EXPECT_THAT(owner.sh("git stream lock a"), Complains(2, "SHA-256"));
  const Said doctor = owner.sh("git stream doctor");
  EXPECT_EQ(doctor.status, 0);
  EXPECT_THAT(doctor.output, testing::ContainsRegex("warning +repository +SHA-256"));
  EXPECT_FALSE(owner.has(".claude")) << "nothing was made";
}

TEST(IndexKinds, Sha256CommitsAsGitAloneWould) {
  const StreamRepo other;  // its hooks, through a shared core.hooksPath
  const TempRepo repo({"--object-format=sha256"});
  const Place owner(repo, repo.path());
  owner.must("git config core.hooksPath " + word((other.path() / ".git/hooks").string()));
  owner.write(".streams.yaml", two_streams("rules: {outsider: block}\n"));
  EXPECT_THAT(owner.sh("git add -A; git commit -q -m m"), Commits());
  EXPECT_THAT(owner.with("GIT_STREAM_AGENT=F1").commit("models/risk.py"), Commits());
}

TEST(IndexKinds, InsideASubmodule) {
  const StreamRepo library;
  const TempRepo repo;
  const Place top(repo, repo.path());
  top.must("git -c protocol.file.allow=always submodule --quiet add " +
           word(library.path().string()) + " lib; git commit -q -m lib");
  const Place sub = top.in("lib");
  sub.must("git stream install --agent F1");
  judges(sub);
  EXPECT_TRUE(sub.has(".claude/state/file_locks.json")) << "its own state, in its own worktree";
  EXPECT_FALSE(top.has(".claude"));
  EXPECT_THAT(top.sh("git add lib; git commit -q -m moved"), Commits());
}

TEST(IndexKinds, ABareRepositoryWithWorktrees) {
  const StreamRepo origin;
  const Place folder(origin, origin.folder());
  folder.must("git clone -q --bare repo bare; git -C bare worktree add -q -b work ../one develop");
  const Place one = folder.in("one");
  one.must("git stream install --agent F1");
  judges(one);
  EXPECT_TRUE(folder.has("bare/stream/file_locks.json"));
  EXPECT_FALSE(folder.has("one/.claude"));
  EXPECT_THAT(one.must("git stream status"), HasSubstr("bare/stream\n"));
  EXPECT_THAT(folder.in("bare").must("git stream locks; git stream log"), HasSubstr("committed"));
}

TEST(IndexKinds, AHiddenBareRepository) {
  const StreamRepo origin;
  const Place folder(origin, origin.folder());
  folder.must(
      "mkdir project; git clone -q --bare repo project/.bare; echo 'gitdir: ./.bare' "
      ">project/.git; git -C project worktree add -q -b work one develop");
  const Place one = folder.in("project/one");
  one.must("git stream install --agent F1");
  judges(one);
  EXPECT_TRUE(folder.has("project/.bare/stream/file_locks.json"));
}

TEST(IndexKinds, AWorktreeWhoseGitFileIsRelative) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write(".git", "gitdir: ../repo/.git/worktrees/F1\n");
  judges(f1);
}

TEST(IndexKinds, AWorktreeReachedThroughASymlink) {
  const StreamRepo repo;
  repo.agent("F1");
  const Place folder(repo, repo.folder());
  folder.must("ln -s F1 link");
  judges(folder.in("link"));
}

}  // namespace
}  // namespace gs::test
