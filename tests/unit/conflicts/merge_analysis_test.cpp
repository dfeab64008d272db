#include "lib/conflicts/merge_analysis.h"

#include <filesystem>
#include <gmock/gmock.h>

#include "tests/support/temp_repo.h"

namespace gs::conflicts {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

core::ObjectId commit_of(std::uint8_t number) {
  core::ObjectId id;
  id.bytes.fill(number);
  id.format = core::ObjectFormat::sha256;
  return id;
}

PairAnalysis pair() {
  Conflict conflict;
  conflict.kind = ConflictKind::interface;
  conflict.blocks = false;
  conflict.first = {kTheirs, "llm/néws.py", "agent-F1", 7};
  conflict.second = {kOurs, "models/risk.py", {}, 0};
  conflict.message = std::string("calls \0 it", 10);
  conflict.next = "ask";
  conflict.hunks = {{3, "ours\n", "theirs\n"}};
  return {true, true, {conflict, Conflict{}}};
}

bool same(const PairAnalysis& a, const PairAnalysis& b) {
  return serialize(a) == serialize(b);
}

TEST(SerializedAnalysis, IsReadAgain) {
  const auto read = deserialize_analysis(serialize(pair()));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->related && read->new_tops);
  ASSERT_THAT(read->conflicts, SizeIs(2));
  const Conflict& conflict = read->conflicts[0];
  EXPECT_EQ(conflict.kind, ConflictKind::interface);
  EXPECT_FALSE(conflict.blocks);
  EXPECT_EQ(conflict.first, pair().conflicts[0].first);
  EXPECT_EQ(conflict.second, pair().conflicts[0].second);
  EXPECT_EQ(conflict.message, pair().conflicts[0].message);
  EXPECT_EQ(conflict.next, "ask");
  EXPECT_EQ(conflict.hunks, pair().conflicts[0].hunks);
}

TEST(SerializedAnalysis, IsNothingWhenBytesAreMissingOrMore) {
  const std::string bytes = serialize(pair());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(deserialize_analysis(std::string_view(bytes).substr(0, length))) << length;
  EXPECT_FALSE(deserialize_analysis(bytes + '\0'));
  PairAnalysis third = pair();
  third.conflicts[0].first.side = 2;  // of two sides
  EXPECT_FALSE(deserialize_analysis(serialize(third)));
}

class AnalysisCacheTest : public testing::Test {
 protected:
  AnalysisCacheTest() { policy("version: 1\n"); }

  void policy(const std::string& text) const {
    repo.write(".streams.yaml", text);
    repo.commit_all("Policy");
  }
  session::Session open() const { return session::Session(git::Repository::discover(repo.path())); }

  test::TempRepo repo;
};

TEST_F(AnalysisCacheTest, KnowsWhatWasKeptWhateverIsAskedNext) {
  session::Session session = open();
  core::ObjectId key;
  {
    AnalysisCache memory(session);
    key = memory.key({commit_of(1), commit_of(2)}, "laid");
    EXPECT_FALSE(memory.find(key));
    memory.keep(key, pair());
  }
  AnalysisCache memory(session);
  const auto known = memory.find(key);
  ASSERT_TRUE(known);
  EXPECT_TRUE(same(*known, pair()));
  EXPECT_FALSE(memory.find(memory.key({commit_of(2), commit_of(1)}, "laid")));
  EXPECT_FALSE(memory.find(memory.key({commit_of(1), commit_of(2)}, "tree")));
  EXPECT_EQ(memory.key({commit_of(1), commit_of(2)}, "laid"), key);
}

TEST_F(AnalysisCacheTest, ForgetsUnderAnotherPolicy) {
  session::Session before = open();
  const core::ObjectId key = AnalysisCache(before).key({commit_of(1)}, "laid");
  policy("version: 1\nlayers:\n  - {name: foundation, modules: [config]}\n");
  session::Session after = open();
  EXPECT_NE(AnalysisCache(after).key({commit_of(1)}, "laid"), key);
}

TEST_F(AnalysisCacheTest, DoesWithoutACache) {
  repo.write(".git/stream", "no folder");
  session::Session session = open();
  AnalysisCache memory(session);
  const core::ObjectId key = memory.key({commit_of(1)}, "laid");
  memory.keep(key, pair());
  EXPECT_FALSE(memory.find(key));
}

}  // namespace
}  // namespace gs::conflicts
