#include "lib/conflicts/order.h"

#include <filesystem>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/state/streams.h"
#include "tests/support/temp_repo.h"

namespace gs::conflicts {
namespace {

using core::StreamId;
using core::StreamStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Lines = std::vector<std::string>;

constexpr char kForkPolicy[] = R"(version: 1
branch: stream-{stream}
streams:
  A: {agents: {A1: {files: ["config/**"]}}}
  E: {depends_on: [A], agents: {E1: {files: ["models/**"]}}}
  F: {depends_on: [A], agents: {F1: {files: ["llm/**"]}}}
  G: {agents: {G1: {files: ["execution/**"]}}}
)";

class OrderTest : public testing::Test {
 protected:
  OrderTest() { begin(kForkPolicy); }

  void begin(const std::string& policy) {
    repo.write(".streams.yaml", policy);
    repo.write(".gitignore", ".claude/\n");
    repo.write("config/settings.py", "depth = 1\n");
    repo.write("models/__init__.py", "");
    repo.write("models/risk.py", "limit = 1\n");
    repo.write("llm/news.py", "import models.risk\n");
    repo.write("llm/prompts.py", "text = ''\n");
    repo.write("execution/orders.py", "import llm.prompts\n");
    repo.commit_all("Start");
  }

  using Files = std::vector<std::pair<std::string, std::string>>;  // empty content: deleted

  // Commits these on the stream's branch, made from `from` when it is new.
  void work(const std::string& stream, const Files& files, const std::string& from = "develop") {
    const std::string branch = "stream-" + stream;
    if (repo.try_git({"checkout", "-q", branch}).status != 0)
      repo.git({"checkout", "-q", "-b", branch, from});
    for (const auto& [path, content] : files) {
      if (content.empty()) {
        std::filesystem::remove(repo.path() / path);
      } else {
        repo.write(path, content);
      }
    }
    repo.commit_all("Work of " + stream);
    repo.git({"checkout", "-q", "develop"});
  }

  void status(const std::string& stream, StreamStatus status) {
    session::Session session = open();
    session.state().create();
    state::change_streams(session.state(), [&](state::Streams& streams) {
      state::StreamRecord record;
      record.id = StreamId(stream);
      record.status = status;
      record.branch = core::BranchName("stream-" + stream);
      streams.records.push_back(record);
    });
  }

  session::Session open() { return session::Session(git::Repository::discover(repo.path())); }

  MergeOrder order(const std::vector<std::string>& named = {}) {
    session::Session session = open();
    std::vector<StreamId> ids;
    for (const std::string& name : named) ids.emplace_back(name);
    return merge_order(session, streams_now(session), ids);
  }

  test::TempRepo repo;
};

std::string joined(const std::vector<StreamId>& streams) {
  std::string text;
  for (const StreamId& stream : streams) text += (text.empty() ? "" : " ") + stream.str();
  return text;
}

std::string ids(const MergeOrder& order) {
  std::vector<StreamId> streams;
  for (const OrderedStream& stream : order.streams) streams.push_back(stream.id);
  return joined(streams);
}

Lines reasons(const MergeOrder& order, const std::string& stream) {
  Lines lines;
  for (const OrderedStream& one : order.streams) {
    if (one.id.str() != stream) continue;
    for (const OrderReason& reason : one.reasons) lines.push_back(reason.text);
  }
  return lines;
}

// "E after F: TEXT", and "given up" before the one that was.
Lines told(const OrderCircle& circle) {
  Lines lines;
  for (std::size_t i = 0; i < circle.edges.size(); ++i) {
    const OrderEdge& edge = circle.edges[i];
    lines.push_back((circle.given_up == i ? "given up: " : "") + edge.stream.str() + " after " +
                    edge.on.str() + ": " + edge.reasons.front().text);
  }
  return lines;
}

TEST_F(OrderTest, OfNothing) {
  const MergeOrder nothing = order();
  EXPECT_EQ(nothing.into.str(), "develop");
  EXPECT_EQ(ids(nothing), "");
  EXPECT_THAT(nothing.circles, IsEmpty());
}

TEST_F(OrderTest, FollowsWhatIsDeclared) {
  work("F", {{"llm/prompts.py", "text = 'a'\n"}});
  work("A", {{"config/settings.py", "depth = 2\n"}});
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "A F");
  EXPECT_THAT(reasons(result, "A"), IsEmpty());
  EXPECT_THAT(reasons(result, "F"), ElementsAre("depends on A"));
  EXPECT_EQ(result.streams[1].branches.at(0).branch.name.str(), "stream-F");
  EXPECT_EQ(result.streams[1].files(), 1U);
}

TEST_F(OrderTest, AModuleThatAnotherChangedComesFirst) {
  work("E", {{"llm/uses.py", "import llm.prompts\n\n\ndef f():\n    import llm.prompts\n"}});
  work("F", {{"llm/prompts.py", "text = 'b'\n"}});
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "F E");
  EXPECT_THAT(reasons(result, "E"), ElementsAre("llm/uses.py:1 imports llm.prompts, changed by F"));
  ASSERT_TRUE(result.streams[1].reasons[0].import);
  EXPECT_EQ(result.streams[1].reasons[0].import->module, "llm.prompts");
  EXPECT_THAT(result.circles, IsEmpty());
  EXPECT_EQ(result.streams[1].unmerged, std::vector{StreamId("A")});
}

TEST_F(OrderTest, AnImportThatWasThereBeforeCounts) {
  work("F", {{"models/risk.py", "limit = 2\n"}});
  work("E", {{"llm/news.py", "import models.risk\nmore = 1\n"}});
  EXPECT_EQ(ids(order()), "F E");
}

TEST_F(OrderTest, FilesThatAreNotChangedSayNothing) {
  work("F", {{"models/risk.py", "limit = 2\n"}});  // llm/news.py imports it
  work("E", {{"README", "import models.risk\n"}, {"models/other.py", "import os\n"}});
  EXPECT_EQ(ids(order()), "E F");
}

TEST_F(OrderTest, FindsModulesThatOnlyTheOthersBranchHas) {
  work("A",
       {{"config/uses.py", "from models import chain\nfrom . import extra\nimport fresh.deep\n"}});
  work("G",
       {{"models/chain.py", "x = 1\n"}, {"config/extra.py", "y = 1\n"}, {"fresh/deep.py", "z\n"}});
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "G A");
  EXPECT_THAT(reasons(result, "A"), ElementsAre("config/uses.py:1 imports models.chain, added by G",
                                                "config/uses.py:2 imports config.extra, added by G",
                                                "config/uses.py:3 imports fresh.deep, added by G"));
}

TEST_F(OrderTest, FindsAModuleThatBecameAPackage) {
  work("A", {{"config/uses.py", "import models.risk\n"}});
  work("G", {{"models/risk.py", ""}, {"models/risk/__init__.py", "limit = 1\n"}});
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "G A");
  EXPECT_THAT(reasons(result, "A"),
              ElementsAre("config/uses.py:1 imports models.risk, changed by G"));
}

TEST_F(OrderTest, FindsAModuleThatIsGone) {
  work("A", {{"config/uses.py", "import models.risk\n"}});
  work("G", {{"models/risk.py", ""}});
  EXPECT_THAT(reasons(order(), "A"),
              ElementsAre("config/uses.py:1 imports models.risk, deleted by G"));
}

TEST_F(OrderTest, AModuleThatBothChangedSaysNothing) {
  work("A", {{"config/uses.py", "import models.risk\nimport models.fresh\n"},
             {"models/risk.py", "limit = 2\n"},
             {"models/fresh.py", "x = 1\n"}});
  work("G", {{"models/risk.py", "limit = 3\n"}, {"models/fresh.py", "x = 2\n"}});
  EXPECT_EQ(ids(order()), "A G");
}

TEST_F(OrderTest, ImportsForTypesCountWhereTheyCloseNoCircle) {
  const std::string types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ";
  work("A", {{"config/settings.py", types + "execution.orders\n"}});
  work("G", {{"execution/orders.py", "depth = 1\n"}});
  MergeOrder result = order();
  EXPECT_EQ(ids(result), "G A");
  EXPECT_THAT(reasons(result, "A"),
              ElementsAre("config/settings.py:3 imports execution.orders, changed by G"));
  work("G", {{"execution/orders.py", "import config.settings\n"}});
  result = order();
  EXPECT_EQ(ids(result), "A G");
  EXPECT_THAT(result.circles, IsEmpty());
  EXPECT_THAT(reasons(result, "A"), IsEmpty());
}

TEST_F(OrderTest, GivesUpTheFewestImportsOfACircle) {
  work("E", {{"models/risk.py", "import llm.news\nimport llm.prompts\n"}});
  work("F", {{"llm/news.py", "import models.risk\n# changed\n"}, {"llm/prompts.py", "text = 1\n"}});
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "F E");
  ASSERT_EQ(result.circles.size(), 1U);
  EXPECT_THAT(told(result.circles[0]),
              ElementsAre("E after F: models/risk.py:1 imports llm.news, changed by F",
                          "given up: F after E: llm/news.py:1 imports models.risk, changed by E"));
  EXPECT_THAT(reasons(result, "F"), IsEmpty()) << "it does not hold";
}

TEST_F(OrderTest, WhatIsDeclaredIsNeverGivenUp) {
  work("A", {{"config/settings.py", "import models.risk\nimport models\n"}});
  work("E", {{"models/risk.py", "limit = 2\n"}, {"models/__init__.py", "x = 1\n"}});
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "A E");
  ASSERT_EQ(result.circles.size(), 1U);
  EXPECT_THAT(
      told(result.circles[0]),
      ElementsAre("given up: A after E: config/settings.py:1 imports models.risk, changed by E",
                  "E after A: depends on A"));
}

TEST_F(OrderTest, ABranchThatHoldsAnothersComesAfterIt) {
  work("G", {{"execution/orders.py", "x = 1\n"}});
  work("A", {{"config/settings.py", "depth = 3\n"}}, "stream-G");
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "G A");
  EXPECT_THAT(reasons(result, "A"), ElementsAre("its branch holds the commits of G"));
  EXPECT_THAT(result.circles, IsEmpty());
}

TEST_F(OrderTest, TheSameCommitOnTwoBranchesIsNoCircle) {
  work("A", {{"config/settings.py", "depth = 3\n"}});
  repo.git({"branch", "stream-G", "stream-A"});
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "A G");
  EXPECT_THAT(result.circles, IsEmpty());
}

TEST_F(OrderTest, LeavesOutWhatIsMergedAndWhatHasNoBranch) {
  work("A", {{"config/settings.py", "depth = 3\n"}});
  work("E", {{"models/risk.py", "import config.settings\n"}});
  repo.git({"branch", "stream-F", "develop"});
  repo.git({"merge", "-q", "--no-ff", "stream-A"});
  status("A", StreamStatus::merged);
  status("E", StreamStatus::completed);
  status("G", StreamStatus::in_progress);
  MergeOrder result = order();
  EXPECT_EQ(ids(result), "E") << "F is not started, and has no work";
  EXPECT_THAT(reasons(result, "E"), IsEmpty());
  EXPECT_THAT(result.streams[0].unmerged, IsEmpty());
  EXPECT_EQ(result.streams[0].status, StreamStatus::completed);
  EXPECT_EQ(joined(result.merged), "A");
  EXPECT_EQ(joined(result.no_branch), "G");
  status("F", StreamStatus::in_progress);
  EXPECT_EQ(ids(order()), "E F") << "started";
}

TEST_F(OrderTest, OfNamedStreams) {
  work("A", {{"config/settings.py", "depth = 3\n"}});
  work("E", {{"models/risk.py", "x = 1\n"}});
  const MergeOrder result = order({"F", "E"});
  EXPECT_EQ(ids(result), "E F");
  EXPECT_TRUE(result.streams[1].branches.empty()) << "nothing of it yet";
  EXPECT_EQ(joined(result.streams[0].unmerged), "A");
  try {
    order({"f"});
    ADD_FAILURE() << "no error";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("no stream 'f'"));
  }
}

TEST_F(OrderTest, AStreamInBetweenThatIsNotInQuestionStillCounts) {
  begin(R"(version: 1
branch: stream-{stream}
streams:
  A: {depends_on: [B], agents: {A1: {files: ["a/**"]}}}
  B: {depends_on: [C], agents: {B1: {files: ["b/**"]}}}
  C: {agents: {C1: {files: ["c/**"]}}}
)");
  work("A", {{"a/a.py", "x = 1\n"}});
  work("C", {{"c/c.py", "x = 1\n"}});
  EXPECT_EQ(ids(order()), "C A");
}

TEST_F(OrderTest, AgentsThatComeAfterOthersOrderTheirStreams) {
  begin(R"(version: 1
branch: stream-{stream}
streams:
  A: {agents: {A1: {files: ["a/**"], after: [B1]}, A2: {files: ["aa/**"]}}}
  B: {agents: {B1: {files: ["b/**"]}, B2: {files: ["bb/**"], after: [A2]}}}
)");
  work("A", {{"a/a.py", "x = 1\n"}});
  work("B", {{"b/b.py", "x = 1\n"}});
  const MergeOrder result = order();
  EXPECT_EQ(result.streams.size(), 2U);
  ASSERT_EQ(result.circles.size(), 1U);
  EXPECT_THAT(told(result.circles[0]),
              ElementsAre("A after B: A1 comes after B1 (stream B)",
                          "given up: B after A: B2 comes after A2 (stream A)"));
}

TEST_F(OrderTest, StrangePathsAndBrokenFiles) {
  work("A", {{"config/a\nb.py", "import models.risk\n"},
             {"config/broken.py", "def (:\nimport models.risk\n"}});
  work("G", {{"models/risk.py", "x = 1\n"}});
  const MergeOrder result = order();
  EXPECT_EQ(ids(result), "G A");
  EXPECT_THAT(reasons(result, "A")[0], "\"config/a\\nb.py\":1 imports models.risk, changed by G");
}

TEST_F(OrderTest, IsTheSameFromTheCache) {
  work("A", {{"config/uses.py", "import models.risk\n"}});
  work("G", {{"models/risk.py", "x = 1\n"}});
  const Lines first = reasons(order(), "A");
  EXPECT_TRUE(std::filesystem::exists(repo.path() / ".git/stream/facts"));
  EXPECT_EQ(reasons(order(), "A"), first);
  EXPECT_EQ(first.size(), 1U);
}

TEST_F(OrderTest, NeedsAnIntegrationBranch) {
  repo.git({"checkout", "-q", "--detach"});
  repo.git({"branch", "-D", "develop"});
  EXPECT_THROW(order(), core::Error);
}

}  // namespace
}  // namespace gs::conflicts
