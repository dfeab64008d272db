#include "lib/state/state_dir.h"

#include <gmock/gmock.h>

#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(StateTest, BeginsAsTheReferenceDesignDoes) {
  EXPECT_THAT(names(),
              ElementsAre("agent_activity.jsonl", "conflict_warnings.jsonl", "file_locks.json",
                          "handoffs.json", "logs", "orchestrator_state.json", "reports"));
  EXPECT_EQ(slurp(state.locks()), "{\"locks\": {}, \"version\": 1}\n");
  EXPECT_EQ(slurp(state.streams()), "{\"streams\": {}, \"started_at\": null}\n");
  EXPECT_EQ(slurp(state.handoffs()), "{\"handoffs\": []}\n");
  EXPECT_EQ(slurp(state.activity()), "");
  EXPECT_THAT(state.check(), IsEmpty());
}

TEST_F(StateTest, CreatingAgainChangesNothing) {
  acquire(state, request("agent-F1", {"a.py"}), ten);
  spill(state.activity(), "line\n");
  const std::string locks = slurp(state.locks());
  state.create();
  EXPECT_EQ(slurp(state.locks()), locks);
  EXPECT_EQ(slurp(state.activity()), "line\n");
}

TEST_F(StateTest, LinksAreRefusedEverywhere) {
  const fs::path outside = folder.path() / "outside";
  fs::create_directory(outside);
  fs::create_directory_symlink(outside, folder.path() / "linked");
  for (const char* name : {"linked", "linked/"}) {
    const StateDir linked(folder.path() / name);
    EXPECT_THAT(error_of([&] { linked.create(); }).what(), HasSubstr("is a symbolic link"));
    EXPECT_THAT(error_of([&] { read_locks(linked); }).what(), HasSubstr("is a symbolic link"));
    EXPECT_THAT(error_of([&] { acquire(linked, request("agent-F1", {"a"}), ten); }).what(),
                HasSubstr("is a symbolic link"));
  }
  EXPECT_TRUE(fs::is_empty(outside));

  const fs::path victim = outside / "victim";
  spill(victim, "{\"locks\": {}, \"version\": 1}");
  for (const fs::path& file : {state.locks(), state.activity(), state.handoffs()}) {
    fs::rename(file, outside / "kept");
    fs::create_symlink(victim, file);
    EXPECT_THAT(error_of([&] { state.create(); }).what(), HasSubstr("is a symbolic link")) << file;
    if (file == state.locks()) {
      EXPECT_THROW(acquire(state, request("agent-F1", {"a"}), ten), core::Error);
      EXPECT_THROW(read_locks(state), core::Error);
      EXPECT_THROW(read_locks_for(state, {}, false), core::Error);
    }
    fs::rename(outside / "kept", file);
  }
  EXPECT_EQ(slurp(victim), "{\"locks\": {}, \"version\": 1}");
}

TEST_F(StateTest, ALinkToAFolderInPlaceOfLogsIsRefused) {
  fs::remove(state.logs());
  fs::create_directory_symlink(folder.path(), state.logs());
  EXPECT_THAT(error_of([&] { state.create(); }).what(), HasSubstr("is a symbolic link"));
}

TEST_F(StateTest, ChangingNeedsAStateDirectory) {
  const StateDir none(folder.path() / "none");
  const core::Error error = error_of([&] { acquire(none, request("agent-F1", {"a"}), ten); });
  EXPECT_EQ(error.code(), core::ExitCode::broken);
  EXPECT_EQ(error.hint(), "git stream init");
  EXPECT_THAT(read_locks(none), IsEmpty());
  EXPECT_THAT(none.check(), IsEmpty());
}

TEST_F(StateTest, LeftoversOfTheDeadAreRemovedAndNothingElse) {
  spill(state.root() / ".tmp.file_locks.json.12345.0", "{\"lo");
  spill(state.root() / ".tmp.handoffs.json.77.3", "");
  spill(state.root() / ".tmp.mine.txt.77.3", "");
  spill(state.root() / "file_locks.json.bad-x", "");
  acquire(state, request("agent-F1", {"a.py"}), ten);
  EXPECT_FALSE(fs::exists(state.root() / ".tmp.file_locks.json.12345.0"));
  EXPECT_FALSE(fs::exists(state.root() / ".tmp.handoffs.json.77.3"));
  EXPECT_TRUE(fs::exists(state.root() / ".tmp.mine.txt.77.3"));
  EXPECT_TRUE(fs::exists(state.root() / "file_locks.json.bad-x"));
}

TEST_F(StateTest, DamageIsFoundAndNamed) {
  spill(state.locks(), "{\"locks\": {");
  spill(state.handoffs(), "{\"handoffs\": [1]}");
  spill(state.streams(), "[]");
  spill(state.waits(), "{}");
  const auto damages = state.check();
  ASSERT_EQ(damages.size(), 4U);
  EXPECT_EQ(damages[0].file, state.locks());
  EXPECT_THAT(damages[0].why, HasSubstr("not JSON from line 1"));
  EXPECT_EQ(damages[1].why, "it has no list \"waits\"");
  EXPECT_EQ(damages[2].why, "an entry of \"handoffs\" is no object");
  EXPECT_EQ(damages[3].why, "it has no \"streams\"");
}

TEST_F(StateTest, RepairKeepsTheBadFileAndTheReadableLocks) {
  acquire(state, request("agent-F1", {"a.py", "b.py"}), ten);
  acquire(state, request("agent-F2", {"llm/\xff.py"}), ten);
  const std::string whole = slurp(state.locks());
  const std::string torn = whole.substr(0, whole.rfind("\"task\""));
  spill(state.locks(), torn);
  EXPECT_THROW(read_locks(state), core::Error);
  const auto kept = state.repair();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_THAT(kept[0].filename().native(), StartsWith("file_locks.json.bad-2"));
  EXPECT_EQ(slurp(kept[0]), torn);
  const core::LockTable locks = read_locks(state);
  ASSERT_EQ(locks.size(), 2U);
  EXPECT_EQ(locks[0].path, "a.py");
  EXPECT_EQ(locks[1].agent, "agent-F1");
  EXPECT_THAT(state.check(), IsEmpty());
  EXPECT_THAT(state.repair(), IsEmpty());
}

TEST_F(StateTest, RepairKeepsWhatIsGoodInWholeJson) {
  spill(state.locks(), R"({"locks": {
      "good.py": {"agent": "agent-F1", "acquired": "2025-12-06T10:00:00Z",
                  "expires": "2025-12-06T11:00:00Z", "more": {"deep": [1]}},
      "bad.py": {"agent": 5, "acquired": "2025-12-06T10:00:00Z", "expires": "soon"}},
    "version": 1})");
  state.repair();
  const core::LockTable locks = read_locks(state);
  ASSERT_EQ(locks.size(), 1U);
  EXPECT_EQ(locks[0].path, "good.py");
  EXPECT_THAT(slurp(state.locks()), HasSubstr("\"deep\""));
}

TEST_F(StateTest, GenerationsNeverGoBackAcrossARepair) {
  for (const std::string& text :
       {std::string("{\"locks\": {}, \"generation\": 4000000000000, \"version\": 1"),
        std::string("\"generation\": 4000000000000")}) {
    spill(state.locks(), text);
    state.repair();
    EXPECT_EQ(acquire(state, request("agent-F1", {"a"}), ten).taken.at(0).generation,
              4000000000001U);
    release(state, {}, "agent-F1", false, ten);
  }
  spill(state.locks(), "");
  state.repair();
  EXPECT_GT(acquire(state, request("agent-F1", {"a"}), ten).taken.at(0).generation,
            static_cast<std::uint64_t>(now().time_since_epoch().count()) * 1000 - 60000);
}

TEST_F(StateTest, RepairReplacesLinksAndNumbersItsCopies) {
  const fs::path victim = folder.path() / "victim";
  spill(victim, "precious");
  fs::remove(state.locks());
  fs::create_symlink(victim, state.locks());
  spill(state.handoffs(), "x");
  EXPECT_EQ(state.repair().size(), 2U);
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(state.locks())));
  EXPECT_EQ(slurp(victim), "precious");
  std::vector<fs::path> all;
  for (int i = 0; i < 3; ++i) {
    spill(state.handoffs(), "bad " + std::to_string(i));
    const auto kept = state.repair();
    all.insert(all.end(), kept.begin(), kept.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
  EXPECT_EQ(slurp(state.handoffs()), "{\"handoffs\": []}\n");
}

TEST_F(StateTest, RepairOfNonsenseIsBounded) {
  std::string quotes, opens;
  for (int i = 0; i < 2000000; ++i) quotes += "\\\"";
  for (int i = 0; i < 400000; ++i) opens += "\"a\":{";
  for (const std::string& text : {quotes, '"' + quotes, opens, std::string(20 << 20, '[')}) {
    spill(state.locks(), text);
    EXPECT_EQ(state.repair().size(), 1U);
    EXPECT_THAT(read_locks(state), IsEmpty());
  }
}

}  // namespace
}  // namespace gs::state
