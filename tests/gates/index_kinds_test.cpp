// Repositories and indexes of every kind git has: judged the same, or said to be unsupported.

#include <gtest/gtest.h>
#include <ostream>

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

// What git can be told about F1's worktree, and how that shows there.
struct Setting {
  const char* name;
  const char* script;
  const char* shows = "true";
  const char* part = "";
};
void PrintTo(const Setting& setting, std::ostream* out) {
  *out << setting.script;
}
class Settings : public testing::TestWithParam<Setting> {};

TEST_P(Settings, AreJudged) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must(GetParam().script);
  ASSERT_THAT(f1.must(GetParam().shows), HasSubstr(GetParam().part));
  judges(f1);
}

INSTANTIATE_TEST_SUITE_P(
    IndexKinds, Settings,
    testing::Values(
        Setting{"SplitIndex", "git config core.splitIndex true; git update-index --split-index",
                "ls $(git rev-parse --git-dir)", "sharedindex."},
        Setting{"IndexVersion4", "git config index.version 4; git update-index --index-version 4",
                "head -c 8 $(git rev-parse --git-dir)/index | tail -c 1 | od -An -tu1", "4"},
        Setting{"WithoutTrustInModesOrTimes",
                "git config core.fileMode false; git config core.trustctime false;"
                "git config core.untrackedCache true; git config index.threads true"},
        Setting{"PackedRefsAndObjects",
                "git pack-refs --all; git gc -q --prune=now;"
                "git commit-graph write --reachable 2>/dev/null"},
        Setting{"AGitFileThatIsRelative", "echo 'gitdir: ../repo/.git/worktrees/F1' >.git",
                "cat .git", "../repo"}),
    [](const auto& row) { return row.param.name; });

// A repository made beside REPO, the place in it where F1 is enrolled, and where its state is then.
struct Kind {
  const char* name;
  const char* script;
  const char* place = "clone";
  const char* state = "clone/.git/stream/state";
};
void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.script;
}
class Kinds : public testing::TestWithParam<Kind> {};

TEST_P(Kinds, AreJudged) {
  const StreamRepo repo;
  repo.git({"config", "uploadpack.allowFilter", "true"});
  const Place folder(repo, repo.folder());
  folder.must(GetParam().script);
  const Place f1 = folder.in(GetParam().place);
  f1.must("git stream install --agent F1");
  judges(f1);
  EXPECT_TRUE(folder.has(GetParam().state + std::string("/file_locks.json")));
}

INSTANTIATE_TEST_SUITE_P(
    IndexKinds, Kinds,
    testing::Values(
        Kind{"ATreelessClone", "git clone -q --filter=tree:0 file://$PWD/repo clone"},
        Kind{"AShallowClone",
             "git -C repo commit -q --no-verify --allow-empty -m Second;"
             "git clone -q --depth 1 file://$PWD/repo clone"},
        Kind{"ACloneThatBorrowsItsObjects", "git clone -q --shared repo clone; git -C repo gc -q"},
        Kind{"AHiddenBareRepository",
             "mkdir project; git clone -q --bare repo project/.bare;"
             "echo 'gitdir: ./.bare' >project/.git;"
             "git -C project worktree add -q -b work one develop",
             "project/one", "project/.bare/stream/state"},
        Kind{"AWorktreeReachedThroughASymlink",
             "git -C repo worktree add -q --no-track -b work ../F1 develop; ln -s F1 link", "link",
             "repo/.git/stream/state"}),
    [](const auto& row) { return row.param.name; });

TEST(IndexKinds, SparseIndex) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git sparse-checkout init --cone --sparse-index; git sparse-checkout set llm");
  ASSERT_THAT(f1.must("git ls-files --sparse"), HasSubstr("models/\n"));
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
  const std::string blob = f1.must("echo 1 | git hash-object -w --stdin").substr(0, id_digits());
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

TEST(IndexKinds, ASeparateGitDirectory) {
  const StreamRepo repo;
  const Place folder(repo, repo.folder());
  folder.must("mkdir gits work; git clone -q --separate-git-dir=gits/store repo work/bot");
  const Place bot = folder.in("work/bot");
  bot.must("git stream init; git stream start F");
  EXPECT_TRUE(folder.has("work/bot-stream-F")) << "beside the main worktree, and named after it";
  EXPECT_TRUE(bot.has(".claude/state/file_locks.json"));
  const Place f = folder.in("work/bot-stream-F");
  EXPECT_THAT(f.commit("llm/sentiment.py"), Commits());
  EXPECT_FALSE(f.commit("models/risk.py").moved);
  EXPECT_THAT(f.must("git stream status"), HasSubstr("work/bot "));
  EXPECT_EQ(f.must("git stream start F >/dev/null; ls ../../gits ../../work"),
            "../../gits:\nstore\n\n../../work:\nbot\nbot-stream-F\n")
      << "the same from there";
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
  const std::string blob = clone.must("echo 1 | git hash-object -w --stdin").substr(0, id_digits());
  clone.must("git update-index --add --cacheinfo 100644," + blob + ",models/risk.py");
  EXPECT_THAT(clone.sh("git commit -q -m m"), Blocks(kF1, kRisk)) << "and asks nobody for blobs";
  folder.must("mv gone repo");
}

// Whatever the repositories of the other tests are.
TEST(IndexKinds, Sha256) {
  const TempRepo repo({"--object-format=sha256"});
  const Place owner(repo, repo.path());
  owner.write(".streams.yaml", two_streams());
  owner.write("llm/sentiment.py", "mood = 1\n");
  owner.write("models/risk.py", "risk = 1\n");
  owner.must("git add -A; git commit -qm Start; git stream init; git worktree add -q -b w ../F1");
  const Place f1 = owner.in("../F1");
  f1.must("git stream install --agent F1");
  judges(f1);
  f1.must("git restore --staged .; git checkout -q .; git stream doctor");
  f1.must("git gc -q --prune=now; git multi-pack-index write; git update-index --split-index");
  judges(f1);
}

// git's own rules for which repositories it takes part in: no other file and no older version makes
// an ordinary repository one that nobody judges.
TEST(IndexKinds, AnExtensionOfAnotherFileCountsForNothing) {
  const StreamRepo repo;
  // With SHA-256 or refs in tables it is 1: there git itself stops at what is set below.
  if (repo.owner().must("git config core.repositoryFormatVersion") != "0\n") return;
  const Place f1 = repo.agent("F1");
  repo.owner().must(
      "printf '[extensions]\\n\\tnews = true\\n\\trefStorage = tables\\n[core]\\n"
      "\\trepositoryFormatVersion = 7\\n' >.git/more; git config include.path more");
  judges(f1);
  repo.owner().must("git config extensions.worktreeConfig true");
  f1.must(
      "git restore --staged .; git checkout -q .;"
      "git config --worktree extensions.news true");
  judges(f1);
  f1.must("git restore --staged .; git checkout -q .");
  repo.owner().must(
      "test $(git config core.repositoryFormatVersion) = 7;"
      "git config extensions.news true");  // of a repository of version 0
  judges(f1);
}

// A newer git than this one made it: what it alone would do is done, and said once a day.
TEST(IndexKinds, AnUnknownExtensionBlocksNothingAndIsSaid) {
  constexpr char kSaid[] = "nothing is judged here: ";
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("models/risk.py", "risk = 2\n");
  f1.must("git add -A");
  const std::string hook = (repo.path() / ".git/hooks/pre-commit").string();
  EXPECT_EQ(f1.sh(word(hook)).status, 1);
  for (const char* const setting :
       {"[core] repositoryFormatVersion = 1\n[extensions] news = on",
        "[core] repositoryFormatVersion = 1\n[extensions] refStorage = tables",
        "[core] repositoryFormatVersion = 1\n[extensions] objectFormat = sha3",
        "[core] repositoryFormatVersion = 2"}) {
    SCOPED_TRACE(setting);
    const std::string before = repo.read(".git/config");
    repo.write(".git/config", before + setting + "\n");
    const std::string run = word(hook);
    const Said first = f1.sh(run);
    EXPECT_EQ(first.status, 0);
    EXPECT_THAT(first.errors, HasSubstr(kSaid));
    EXPECT_TRUE(is_one_complaint(first.errors));
    EXPECT_THAT(f1.sh(run), Silent()) << "the same day";
    f1.must("touch -d '25 hours ago' ../repo/.git/stream/not-judged");
    EXPECT_THAT(f1.sh(run).errors, HasSubstr(kSaid));
    EXPECT_THAT(f1.sh("git-stream status"), Complains(2, kSaid));
    EXPECT_THAT(f1.sh("git-stream doctor").output, HasSubstr(kSaid));
    repo.write(".git/config", before);
    repo.owner().must("rm .git/stream/not-judged");
  }
  EXPECT_EQ(f1.sh(word(hook)).status, 1);
  repo.owner().must(
      "git config core.repositoryFormatVersion 1;"
      "git config extensions.partialClone origin; git config extensions.noop x");
  EXPECT_EQ(f1.sh(word(hook)).status, 1) << "those are known";
}

// A ref or an index with ids of the other hash: one line, and nothing is let through.
TEST(IndexKinds, AHashOfTheWrongSizeIsNamed) {
  const bool sha1 = default_format() == core::ObjectFormat::sha1;
  const std::string wrong(sha1 ? 64 : 40, 'a');
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("llm/sentiment.py", "again\n");
  f1.must("git add -A");
  const std::string hook = word((repo.path() / ".git/hooks/pre-commit").string());
  ASSERT_EQ(f1.sh(hook).status, 0);
  if (const std::string ref = ".git/refs/heads/work-F1";
      std::filesystem::exists(repo.path() / ref)) {  // not in tables
    const std::string before = repo.read(ref);
    repo.write(ref, wrong + "\n");
    EXPECT_THAT(f1.sh(hook), Complains(3, wrong));
    repo.write(ref, before);
  }
  const TempRepo other({sha1 ? "--object-format=sha256" : "--object-format=sha1"});
  other.write("llm/sentiment.py", "again\n");
  other.commit_all("Other");
  std::filesystem::copy_file(other.path() / ".git/index", repo.path() / ".git/worktrees/F1/index",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(f1.sh(hook), Complains(3, "index"));
}

// What was left by the repository as it was is of commits that are not here any more.
TEST(IndexKinds, AConvertedRepositoryKeepsItsStateAndIsJudged) {
  const TempRepo old({"--object-format=sha1"});
  const Place before(old, old.path());
  before.write(".streams.yaml", two_streams());
  before.write("llm/sentiment.py", "mood = 1\n");
  before.write("models/risk.py", "risk = 1\n");
  before.must(
      "git add -A; git commit -qm Start; git stream init; git stream start F; cd ../repo-stream-F; "
      "echo 'mood = 2' >llm/sentiment.py;"
      "git commit -qam Mood; git stream lock llm/sentiment.py; git stream complete F;"
      "cd ../repo; git stream merge F");
  before.must(
      "git init -q -b develop --object-format=sha256 ../new;"
      "git fast-export --all | git -C ../new fast-import --quiet;"
      "git -C ../new reset -q --hard; cp -R .git/stream ../new/.git/");
  const Place now = before.in("../new");
  now.must("git stream install; git worktree add -q -b work ../F1");
  const Place f1 = now.in("../F1");
  f1.must("git stream install --agent F1");
  judges(f1);
  f1.must("git restore --staged .; git checkout -q .; git checkout -q develop~0");
  now.must(
      "git stream status; git stream doctor; git stream log; git stream conflicts; git stream "
      "plan; git stream locks");
  now.must(
      "git worktree remove --force ../F1; git stream start --again F; cd ../new-stream-F; echo "
      "'mood = 3' >llm/sentiment.py;"
      "git commit -qam Again; git stream complete F; cd ../new; git stream merge F");
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
  EXPECT_TRUE(folder.has("bare/stream/state/file_locks.json"));
  EXPECT_TRUE(folder.has("one/.claude/state/file_locks.json"));
  EXPECT_THAT(one.must("git stream status"), HasSubstr("bare/stream/state\n"));
  EXPECT_THAT(folder.in("bare").must("git stream locks; git stream log"), HasSubstr("committed"));
}

}  // namespace
}  // namespace gs::test
