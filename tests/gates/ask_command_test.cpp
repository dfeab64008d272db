// git stream ask: requests between agents, where everybody sees them, until they are answered.

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Ask : testing::Test {
  StreamRepo repo;
  Place owner = repo.owner(), f1 = repo.agent("F1"), f2 = repo.agent("F2"), e1 = repo.agent("E1");
};

TEST_F(Ask, IsLoggedAndShownToWhoWasAskedUntilItIsAnswered) {
  EXPECT_THAT(f2.must("git stream ask F1 rename 'parse()' please"),
              HasSubstr("request 1 from agent-F2 to agent-F1, "));
  EXPECT_THAT(repo.log("--action asked"),
              HasSubstr("agent-F2   asked      request=1 to=agent-F1: rename parse() please"));
  EXPECT_THAT(f1.must("git stream handoff"), HasSubstr(": rename parse() please\n"));
  EXPECT_THAT(owner.must("git stream handoff"), HasSubstr("rename parse()")) << "nobody's: all";
  EXPECT_EQ(e1.must("git stream handoff"), "");
  EXPECT_THAT(e1.must("git stream handoff --all"), HasSubstr("rename parse()"));
  EXPECT_THAT(e1.must("git stream handoff --to F1"), HasSubstr("rename parse()"));
  EXPECT_THAT(e1.must("git stream handoff --from F2"), HasSubstr("rename parse()"));
  EXPECT_EQ(json_of(f1, "handoff",
                    "[(r['request'], r['from'], r['to'], r['text'], r['open']) for "
                    "r in d['requests']], d['handoffs']"),
            "[(1, 'agent-F2', 'agent-F1', 'rename parse() please', True)] []\n");
  EXPECT_THAT(e1.must("git stream ask"), HasSubstr("request 1 from agent-F2"));
  EXPECT_THAT(f1.must("git stream ask --done 1 it is read'()' now"),
              HasSubstr("  answered by agent-F1: it is read() now\n"));
  EXPECT_EQ(f1.must("git stream handoff"), "");
  EXPECT_EQ(f1.must("git stream ask"), "");
  EXPECT_THAT(f2.must("git stream ask --all"), HasSubstr("answered by agent-F1: it is read() now"));
  EXPECT_THAT(repo.log("--action answered"),
              HasSubstr("agent-F1   answered   request=1 to=agent-F2: it is read() now"));
  EXPECT_EQ(f1.must("git stream ask --done 1"), "request 1 was answered already\n");
  EXPECT_EQ(repo.state("handoffs.json"), "{\"handoffs\": []}\n") << "no breaking change";
}

TEST_F(Ask, AStreamIsAskedThroughEachOfItsAgents) {
  owner.must("git stream ask F 'who takes news?'; git stream ask stream-E 'and models?'");
  for (const Place* place : {&f1, &f2}) {
    EXPECT_THAT(place->must("git stream handoff"), HasSubstr("to stream-F, "));
    EXPECT_THAT(place->must("git stream handoff"), Not(HasSubstr("models")));
  }
  EXPECT_THAT(owner.must("git stream handoff --to E"), HasSubstr("to stream-E, "));
  EXPECT_THAT(f2.must("git stream ask --done 1"), HasSubstr("answered by agent-F2\n"));
  const Place stream = repo.worktree("whole", "feature/stream-F-all");
  stream.must("git stream install --stream F");
  owner.must("git stream ask F1 'one of yours'");
  EXPECT_THAT(stream.must("git stream handoff"), HasSubstr("one of yours"));
  EXPECT_THAT(stream.must("git stream ask --done 3 done"), HasSubstr("answered by stream-F: done"));
}

TEST_F(Ask, OnlyWhoIsConcernedAnswers) {
  f2.must("git stream ask F1 one; git stream ask F1 two; git stream ask F1 three");
  EXPECT_THAT(e1.sh("git stream ask --done 1"),
              Complains(1, "request 1 is for agent-F1, not for agent-E1"));
  EXPECT_THAT(f2.must("git stream ask --done 1 'not needed any more'"), HasSubstr("agent-F2: not"));
  EXPECT_EQ(owner.sh("git stream ask --done 2").status, 0) << "people answer everything";
  EXPECT_THAT(f1.sh("git stream ask --done 9"), Complains(2, "there is no request 9"));
  EXPECT_EQ(f1.sh("git stream ask --done x").status, 2);
}

TEST_F(Ask, SaysSomethingToSomebodyElse) {
  EXPECT_THAT(f1.sh("git stream ask F2"), Complains(2, "what is asked?"));
  EXPECT_THAT(f1.sh("git stream ask F2 ' '"), Complains(2, "what is asked?"));
  EXPECT_THAT(f1.sh("git stream ask F1 why"), Complains(2, "agent-F1 is who asks"));
  EXPECT_THAT(f1.sh("git stream ask F2 $(printf %04500d 0)"), Complains(2, "4000 bytes"));
  EXPECT_THAT(f1.sh("git stream ask F2 \"$(printf '\\377')\""), Complains(2, "UTF-8"));
  EXPECT_EQ(f1.must("git stream ask"), "");
  f1.must("git stream ask F2 \"$(printf 'a\\033[31mb\\nc')\"");
  EXPECT_THAT(f2.must("git stream handoff"), HasSubstr(": a?[31mb?c\n"));
}

TEST_F(Ask, ManyAtOnceHaveNumbersOfTheirOwn) {
  owner.must("for i in 1 2 3 4 5 6 7 8; do git stream ask F1 $i >/dev/null & done; wait");
  EXPECT_EQ(json_of(owner, "ask", "sorted(r['request'] for r in d['requests'])"),
            "[1, 2, 3, 4, 5, 6, 7, 8]\n");
  f1.must("for i in 1 2 3 4 5 6 7 8; do git stream ask --done 3 >/dev/null & done; wait");
  EXPECT_EQ(owner.must("git stream log --action answered | wc -l | tr -d ' '"), "1\n");
}

TEST_F(Ask, ADamagedLineHidesNoOther) {
  f2.must("git stream ask F1 one");
  owner.must("printf '{\"timestamp\": \"2025' >>.claude/state/agent_activity.jsonl");
  EXPECT_THAT(f2.must("git stream ask F1 two"), HasSubstr("request 2 "));
  EXPECT_THAT(f1.must("git stream handoff"), HasSubstr(": one\n"));
}

TEST_F(Ask, WhoIsStoppedIsShownWhomToAsk) {
  const std::string hint = "next: git stream ask E1 ";
  const Said said = f1.sh("git stream lock models/risk.py");
  ASSERT_THAT(said.errors, HasSubstr(hint));
  f1.must(said.errors.substr(said.errors.find("git stream ask"), std::string::npos));
  EXPECT_THAT(e1.must("git stream handoff"), HasSubstr("request 1 from agent-F1 to agent-E1, "));
}

}  // namespace
}  // namespace gs::test
