#include "lib/conflicts/merge_analysis.h"

#include <filesystem>
#include <gmock/gmock.h>

#include "tests/support/temp_repo.h"

namespace gs::streams {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

core::ObjectId commit_of(std::uint8_t number) {
  core::ObjectId id;
  id.bytes.fill(number);
  return id;
}

Meeting meeting() {
  Clash clash;
  clash.kind = ClashKind::interface;
  clash.blocks = false;
  clash.first = {kTheirs, "llm/néws.py", "agent-F1", 7};
  clash.second = {kOurs, "models/risk.py", {}, 0};
  clash.message = std::string("calls \0 it", 10);
  clash.next = "ask";
  clash.hunks = {{3, "ours\n", "theirs\n"}};
  return {true, true, {clash, Clash{}}};
}

bool same(const Meeting& a, const Meeting& b) {
  return freeze(a) == freeze(b);
}

TEST(FrozenMeeting, IsReadAgain) {
  const auto thawed = thaw_meeting(freeze(meeting()));
  ASSERT_TRUE(thawed);
  EXPECT_TRUE(thawed->meet && thawed->new_tops);
  ASSERT_THAT(thawed->clashes, SizeIs(2));
  const Clash& clash = thawed->clashes[0];
  EXPECT_EQ(clash.kind, ClashKind::interface);
  EXPECT_FALSE(clash.blocks);
  EXPECT_EQ(clash.first, meeting().clashes[0].first);
  EXPECT_EQ(clash.second, meeting().clashes[0].second);
  EXPECT_EQ(clash.message, meeting().clashes[0].message);
  EXPECT_EQ(clash.next, "ask");
  EXPECT_EQ(clash.hunks, meeting().clashes[0].hunks);
}

TEST(FrozenMeeting, IsNothingWhenBytesAreMissingOrMore) {
  const std::string bytes = freeze(meeting());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(thaw_meeting(std::string_view(bytes).substr(0, length))) << length;
  EXPECT_FALSE(thaw_meeting(bytes + '\0'));
  Meeting third = meeting();
  third.clashes[0].first.side = 2;  // of two sides
  EXPECT_FALSE(thaw_meeting(freeze(third)));
}

class ClashMemoryTest : public testing::Test {
 protected:
  ClashMemoryTest() { policy("version: 1\n"); }

  void policy(const std::string& text) const {
    repo.write(".streams.yaml", text);
    repo.commit_all("Policy");
  }
  app::Session open() const {
    return app::Session(git::Repository::discover(library, repo.path()));
  }

  git::GitLibrary library;
  test::TempRepo repo;
};

TEST_F(ClashMemoryTest, KnowsWhatWasKeptWhateverIsAskedNext) {
  app::Session session = open();
  core::ObjectId key;
  {
    ClashMemory memory(session);
    key = memory.key({commit_of(1), commit_of(2)}, "laid");
    EXPECT_FALSE(memory.find(key));
    memory.keep(key, meeting());
  }
  ClashMemory memory(session);
  const auto known = memory.find(key);
  ASSERT_TRUE(known);
  EXPECT_TRUE(same(*known, meeting()));
  EXPECT_FALSE(memory.find(memory.key({commit_of(2), commit_of(1)}, "laid")));
  EXPECT_FALSE(memory.find(memory.key({commit_of(1), commit_of(2)}, "tree")));
  EXPECT_EQ(memory.key({commit_of(1), commit_of(2)}, "laid"), key);
}

TEST_F(ClashMemoryTest, ForgetsUnderAnotherPolicy) {
  app::Session before = open();
  const core::ObjectId key = ClashMemory(before).key({commit_of(1)}, "laid");
  policy("version: 1\nlayers:\n  - {name: foundation, modules: [config]}\n");
  app::Session after = open();
  EXPECT_NE(ClashMemory(after).key({commit_of(1)}, "laid"), key);
}

TEST_F(ClashMemoryTest, DoesWithoutACache) {
  repo.write(".git/stream", "no folder");
  app::Session session = open();
  ClashMemory memory(session);
  const core::ObjectId key = memory.key({commit_of(1)}, "laid");
  memory.keep(key, meeting());
  EXPECT_FALSE(memory.find(key));
}

}  // namespace
}  // namespace gs::streams
