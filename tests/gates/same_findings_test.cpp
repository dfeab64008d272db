// One bad commit, judged at every gate: each says the same of it, byte for byte.

#include <gtest/gtest.h>
#include <regex>
#include <sstream>

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

const char* const kBranch = "feature/stream-F-news";

constexpr char kUtilsBelow[] = R"(layers:
  - {name: base, modules: [utils]}
  - {name: llm, modules: [llm]}
  - {name: top, modules: [api]}
)";

// The lines that say a finding, as they stand; without the remark in which of several commits it
// is, which a gate adds that was given commits.
std::string findings_of(const Said& said) {
  static const std::regex kRemark(R"( \(in [0-9a-f]{10}\)$)");
  std::istringstream lines(said.errors + said.output);
  std::string line, found;
  while (std::getline(lines, line)) {
    if (line.starts_with("remote: ")) line.erase(0, 8);
    line.erase(line.find_last_not_of(' ') + 1);
    if (!line.starts_with("  ") || line.starts_with("   ")) continue;
    found += std::regex_replace(line, kRemark, "") + "\n";
  }
  // A minute may pass between two gates.
  return std::regex_replace(found, std::regex(R"(until [^()]*\(\d+ \w+( \d+ \w+)?\))"),
                            "until TIME");
}

// The findings as the last line of a log has them, with their bytes.
std::string logged(const Place& place, const std::string& log) {
  const std::string line = place.must("grep '\"blocked\"' " + log + " | tail -n 1");
  const std::size_t at = line.find("\"count\":");
  return std::regex_replace(line.substr(at), std::regex(R"(until [^()]*\(\d+ \w+( \d+ \w+)?\))"),
                            "until TIME");
}

// F2 of stream F with the bad change staged: somebody else's file, a locked one, an import of a
// higher layer, and the policy.
struct SameFindings : testing::Test {
  PushScene repo{two_streams(kUtilsBelow)};
  Place f2 = repo.enrolled("F2", kBranch);
  const std::string log = (repo.path() / ".claude/state/agent_activity.jsonl").string();

  void SetUp() override {
    repo.owner().must(
        "mkdir -p api; echo 1 >api/serve.py; git add api; git commit -q -m Api; "
        "git -c core.hooksPath=/dev/null push -q origin develop");
    f2.must("git -c core.hooksPath=/dev/null merge -q develop");
    repo.owner().must("git stream lock --task Mine llm/news.py");
    f2.write("llm/news.py", "import api.serve\n");
    f2.write("models/risk.py", "changed = True\n");
    f2.write(".streams.yaml", two_streams(kUtilsBelow) + "# wider\n");
    f2.must("git add -A");
  }
};

TEST_F(SameFindings, AtEveryGate) {
  const Said commit = f2.sh("git commit -q -m Bad");
  const std::string expected = findings_of(commit);
  EXPECT_EQ(
      expected,
      "  .streams.yaml: protected: nobody in a stream may change it\n"
      "  llm/news.py: lock: held by Ada Lovelace (owner) until TIME: Mine\n"
      "  llm/news.py:1: layer: imports api.serve: layer 1 (llm) may not import layer 2 (top)\n"
      "  models/risk.py: scope: belongs to agent-E1 (stream E)\n");
  const std::string bytes = logged(f2, log);

  const Said ref = f2.sh("git commit -q -n -m Bad");
  EXPECT_FALSE(ref.moved);
  EXPECT_EQ(findings_of(ref), expected) << "reference-transaction";
  EXPECT_EQ(logged(f2, log), bytes) << "reference-transaction";

  f2.must("git -c core.hooksPath=/dev/null commit -q -m 'Bad\n\nAgent: agent-F2'");
  const Said push = f2.sh("git push -q origin HEAD");
  EXPECT_NE(push.status, 0);
  EXPECT_EQ(findings_of(push), expected) << "pre-push";
  EXPECT_EQ(logged(f2, log), bytes) << "pre-push";

  const Said range = f2.sh("git stream check --range develop..HEAD");
  EXPECT_EQ(range.status, 1);
  EXPECT_EQ(findings_of(range), expected) << "git stream check --range";

  repo.server().must("git stream install --server && mkdir -p stream && cp " +
                     (repo.path() / ".claude/state/file_locks.json").string() +
                     " stream && touch stream/agent_activity.jsonl");
  const Said received = f2.sh("git push -q --no-verify origin HEAD");
  EXPECT_NE(received.status, 0);
  EXPECT_EQ(repo.at_server(kBranch), "");
  EXPECT_EQ(findings_of(received), expected) << "pre-receive";
  EXPECT_EQ(logged(repo.server(), "stream/agent_activity.jsonl"), bytes) << "pre-receive";
}

}  // namespace
}  // namespace gs::test
