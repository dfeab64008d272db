// Paths that are another's but for letter case or Unicode form.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

constexpr char kDiffers[] = ": differs only in letter case or Unicode form from what ";

std::string with_umlaut() {  // F2 owns llm/Größe.py, in form C
  std::string policy = two_streams();
  policy.replace(policy.find("llm/news*.py"), 12, "llm/Gr\u00f6\u00dfe*.py");
  return policy;
}

TEST(Twins, OfAnothersPathAreTheOwners) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  for (const std::string path :
       {"Models/risk.py", "MODELS/new.py", "LLM/News.py", "llm/NEWS_feed.py"}) {
    const Said said = f1.commit(path);
    const std::string owner = path[0] == 'M' ? "agent-E1 (stream E)" : "agent-F2 (stream F)";
    EXPECT_THAT(said, Blocks(kF1, Findings{path + ": scope" + kDiffers + "belongs to " + owner}));
    f1.must("git rm -q -r -f --cached " + word(path));
    f1.must("rm " + word(path));
  }
}

TEST(Twins, OfTheNormalFormsOfUnicode) {
  const StreamRepo repo(with_umlaut());
  const Place e1 = repo.agent("E1"), f2 = repo.agent("F2");
  const std::string decomposed = "llm/Gro\u0308\u00dfe.py", capitals = "llm/GR\u00d6SSE.py";
  for (const std::string& path : {decomposed, capitals}) {
    const Said said = e1.commit(path);
    EXPECT_FALSE(said.moved) << path;
    EXPECT_THAT(said.errors, HasSubstr("belongs to agent-F2 (stream F)"));
    const bool says_why = said.errors.find(kDiffers) != std::string::npos;
    EXPECT_EQ(says_why, path == capitals) << "another form is the name itself";
    e1.must("git rm -q -f --cached " + word(path));
    e1.must("rm " + word(path));
  }
  EXPECT_THAT(f2.commit("llm/Gr\u00f6\u00dfe.py"), Commits()) << "as the policy writes it";
  EXPECT_THAT(f2.commit(decomposed), Commits()) << "and in another form, by its owner";
}

TEST(Twins, OfWhatIsProtected) {
  const StreamRepo repo;
  EXPECT_THAT(repo.agent("F1").commit(".Streams.yaml"),
              Blocks(kF1, Findings{".Streams.yaml: protected" + std::string(kDiffers) +
                                   "nobody in a stream may change"}));
}

TEST(Twins, BytesThatAreNoTextDifferInAsciiLettersOnly) {
  const StreamRepo repo;
  const Said said = repo.agent("F1").commit("MODELS/\xff.py");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors, HasSubstr("belongs to agent-E1"));
}

TEST(Twins, OrdinaryPathsAreNone) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  EXPECT_THAT(f1.commit("README.md"), Commits());
  EXPECT_THAT(f1.commit("Makefile"), Commits());
  EXPECT_THAT(f1.commit("docs/\u00dcbersicht.md"), Commits());
  EXPECT_THAT(f1.sh("git mv llm/sentiment.py llm/Sentiment.py; git commit -q -m Rename"), Commits())
      << "the owner renames it by its case";
  EXPECT_THAT(f1.sh("git mv llm/Sentiment.py llm/sentiment.py; git commit -q -m Back"), Commits());
  EXPECT_THAT(f2.commit("Misc/Tools.py"), Commits());
}

TEST(Twins, OutsidersAreNotAskedForThem) {
  const StreamRepo repo;
  EXPECT_THAT(repo.owner().commit("LLM/Sentiment.py"), Commits());
}

TEST(Twins, TwoScopesThatDifferInCaseOnPurpose) {
  std::string policy = two_streams();
  policy.replace(policy.find("models/**"), 9, "LLM/**");
  const StreamRepo repo(policy);
  EXPECT_THAT(repo.agent("E1").commit("LLM/sentiment.py"), Commits());
  EXPECT_THAT(repo.agent("F1").commit("llm/sentiment.py"), Commits());
}

}  // namespace
}  // namespace gs::test
