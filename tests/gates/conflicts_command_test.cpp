// git stream conflicts, and order --rehearse: what they find, and what they leave alone.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kLayeredStreams = R"(version: 1
validate: []
streams:
  A: {name: Foundation, agents: {A1: {files: ["config/**"]}}}
  E: {name: Models, agents: {E1: {files: ["models/**"]}}}
  F: {name: LLM, agents: {F1: {files: ["llm/**"]}}}
layers:
  - {name: foundation, modules: [config]}
  - {name: models, modules: [models]}
  - {name: domain, modules: [llm]}
)";

constexpr char kRiskSource[] =
    "LIMIT = 1\n\n\n\ndef score(rows, limit=LIMIT):\n    return len(rows)\n\n\n\nclass Chain:\n    "
    "def __init__(self, size):\n        self.size = size\n\n    @staticmethod\n    def make(a, "
    "b):\n  "
    "      return a\n";

class Conflicts : public testing::Test {
 protected:
  Conflicts() : repo(kLayeredStreams), owner(repo.owner()) {
    owner.write("models/__init__.py", "");
    owner.write("models/risk.py", kRiskSource);
    owner.write("llm/news.py", "VALUE = 1\n\n\n\n\nLAST = 2\n");
    owner.write("config/base.py", "NAME = 'x'\n");
    owner.must("git add -A");
    owner.unjudged("commit -m base");
  }

  // Commits files on the stream's branch, which is made when it is not there.
  Place work(const std::string& stream, const std::string& slug,
             const std::vector<std::pair<std::string, std::string>>& files) const {
    const std::string branch = "feature/stream-" + stream + "-" + slug;
    const Place place = owner.sh("git rev-parse -q --verify " + branch).status == 0
                            ? Place(repo, repo.folder() / ("repo-stream-" + stream))
                            : repo.worktree("repo-stream-" + stream, branch);
    for (const auto& [path, content] : files) place.write(path, content);
    place.must("git add -A");
    place.unjudged("commit -m work");
    return place;
  }
  Place models(const std::string& risk) const {
    return work("E", "models", {{"models/risk.py", risk}});
  }
  Place llm(const std::string& news) const { return work("F", "llm", {{"llm/news.py", news}}); }

  // Found out, and the second time from memory.
  std::string findings(const std::string& options = {}) const {
    const std::string first = owner.sh("git stream conflicts --json " + options).output;
    EXPECT_EQ(owner.sh("git stream conflicts --json " + options).output, first);
    return json_of(owner, "conflicts " + options,
                   R"(chr(10).join(" ".join([f["kind"]] + [":".join(str(f[side][part]) for part in
                   ("side", "file", "line")) for side in ("first", "second")] + [f["message"]])
                   for f in d["findings"] if f["severity"] == "block"))");
  }

  StreamRepo repo;
  Place owner;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST_F(Conflicts, AreNoneWhereNothingMeets) {
  models(replaced(kRiskSource, "LIMIT = 1", "LIMIT = 2"));
  llm("VALUE = 2\n\n\n\n\nLAST = 2\n");
  const Said said = owner.sh("git stream conflicts");
  EXPECT_EQ(said.status, 0) << said.errors;
  EXPECT_THAT(said.output, HasSubstr("no two of them conflict"));
  EXPECT_THAT(said.output, HasSubstr("merged one after the other (E, F) they go through"));
}

TEST_F(Conflicts, ShowBothSidesOfWhatGitCannotMerge) {
  models(replaced(kRiskSource, "LIMIT = 1", "LIMIT = 2"));
  work("F", "llm", {{"models/risk.py", replaced(kRiskSource, "LIMIT = 1", "LIMIT = 3")}});
  const Said said = owner.sh("git stream conflicts");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, HasSubstr("models/risk.py:1: conflict (content)"));
  EXPECT_THAT(said.output, HasSubstr("E | LIMIT = 2\n"));
  EXPECT_THAT(said.output, HasSubstr("F | LIMIT = 3\n"));
  EXPECT_THAT(owner.sh("git stream order --rehearse").output, HasSubstr("it breaks: F with E"));
  EXPECT_THAT(said.output, HasSubstr("it breaks: F with E"));
  EXPECT_THAT(said.output, HasSubstr("no other order goes through"));
}

// Of every conflict: how each side knows the file, and who changed it there.
std::string own_files(const Place& owner) {
  return json_of(owner, "conflicts", R"(chr(10).join(" ".join([f["first"]["file"]] + [":".join((
      f[side]["side"], f[side]["renamed_from"] or "-", f[side]["agent"].split()[0]))
      for side in ("first", "second")]) for f in d["findings"]))");
}

TEST_F(Conflicts, AreNeverLostInFilesThatOneSideHasRenamed) {
  const Place place = models(replaced(kRiskSource, "LIMIT = 1", "LIMIT = 2"));
  place.must("git mv models/risk.py models/chain.py");
  place.unjudged("commit -m renamed");
  work("F", "llm", {{"models/risk.py", replaced(kRiskSource, "LIMIT = 1", "LIMIT = 3")}});
  EXPECT_EQ(own_files(owner), "models/chain.py E:-:agent-E1 F:models/risk.py:stream\n");
  const Said said = owner.sh("git stream conflicts");
  EXPECT_THAT(said.output, HasSubstr("models/chain.py:1: conflict (content)\n"));
  EXPECT_THAT(said.output, HasSubstr(") models/risk.py\n"));
  EXPECT_THAT(said.output, HasSubstr("it breaks: F with E"));
}

TEST_F(Conflicts, AreNeverLostInFoldersThatMoveToTwoPlaces) {
  for (const std::string name : {"a", "b"})
    owner.write("models/old/" + name + ".txt", "some text of " + name + "\n\n\n1\n2\n3\n");
  owner.must("git add -A");
  owner.unjudged("commit -m more");
  const Place place = models(kRiskSource + std::string("# more\n"));
  place.must(
      "mkdir models/x models/y && git mv models/old/a.txt models/x/ && git mv models/old/b.txt "
      "models/y/");
  place.unjudged("commit -m split");
  work("F", "llm", {{"models/old/new.txt", "more\n"}});
  EXPECT_EQ(own_files(owner),
            "models/old E:models/old/a.txt:agent-E1 F:models/old/new.txt:stream\n");
}

// "KIND FILE:LINE FILE:LINE MESSAGE" of each, and the files that both have changed.
std::string notes(const Place& owner) {
  return json_of(owner, "conflicts",
                 R"(chr(10).join([" ".join([f["kind"]] + [":".join(str(f[side][part])
      for part in ("file", "line")) for side in ("first", "second")] + [f["message"]])
      for f in d["findings"] if f["severity"] == "warn"] + [str(p["both_changed"]) for p in d["pairs"]]))");
}

TEST_F(Conflicts, NoteNamesThatTheOtherSideHasChanged) {
  models(replaced(replaced(kRiskSource, "rows, limit=LIMIT", "rows, *, limit"), "LIMIT = 1",
                  "LIMIT = 2"));
  work("F", "llm",
       {{"llm/news.py", "from models import risk\nCHECK = risk.score\n"},
        {"llm/more.py", "from models.risk import LIMIT, score\nCHECK = score\n"},
        {"llm/same.py",
         "from models.risk import LIMIT, Chain\nimport models.risk as risk\n"
         "score = 1\nrisk.Chain.make\n"}});
  EXPECT_EQ(notes(owner),
            "import llm/more.py:1 models/risk.py:0 imports models.risk, changed by E: score; "
            "1 more file too\n[]\n");
}

TEST_F(Conflicts, NoteNoUseThatAConflictIsAbout) {
  models(replaced(kRiskSource, "rows, limit=LIMIT", "rows"));
  llm("from models.risk import score\nscore([], limit=2)\nCHECK = score\n");
  EXPECT_EQ(notes(owner), "[]\n");
}

TEST_F(Conflicts, NoteMembersThatTheOtherSideHasChanged) {
  models(replaced(kRiskSource, "def make(a, b)", "def make(a)"));
  llm("from models.risk import Chain\nMAKE = Chain.make\n");
  EXPECT_EQ(notes(owner),
            "import llm/news.py:1 models/risk.py:0 imports models.risk, changed by E: Chain.make\n"
            "[]\n");
}

TEST_F(Conflicts, NoteNoModuleThatHasBecomeAPackage) {
  const Place place = models(kRiskSource + std::string("MORE = 1\n"));
  place.must("mkdir models/risk && git mv models/risk.py models/risk/__init__.py");
  place.unjudged("commit -m package");
  llm("from models.risk import score\nCHECK = score\n");
  EXPECT_EQ(notes(owner), "[]\n");
}

TEST_F(Conflicts, NoteAFunctionThatBothHaveChanged) {
  const std::string body =
      "@decorated(\n    1,\n)\ndef long(\n    a,\n    b,\n):\n    one = 1\n    two = 2\n\n    "
      "three = "
      "3\n    four = 4\n    five = 5\n    return one\n\n\ndef short():\n    return 1\n";
  owner.write("models/body.py", body);
  owner.must("git add -A");
  owner.unjudged("commit -m body");
  work("E", "models", {{"models/body.py", replaced(body, "one = 1", "one = 10")}});
  work("F", "llm", {{"models/body.py", replaced(body, "return one", "return five")}});
  EXPECT_EQ(notes(owner),
            "both-changed models/body.py:4 models/body.py:4 both have changed long; git can merge "
            "it\n['models/body.py']\n");
  work("F", "llm", {{"models/body.py", replaced(body, "return 1", "return 2")}});
  EXPECT_EQ(notes(owner), "['models/body.py']\n") << "not the same function";
}

TEST_F(Conflicts, KnowNothingOfWhatStandsBehindAnUndecidedFile) {
  owner.write("models/api.py", "from models.risk import *\n");
  owner.write(".gitattributes", "models/risk.py -merge\n");  // git keeps one side's version
  owner.must("git add -A");
  owner.unjudged("commit -m api");
  models(kRiskSource + std::string("one = 1\n"));
  work("F", "llm",
       {{"models/risk.py", kRiskSource + std::string("two = 2\n")},
        {"llm/use.py", "from models.api import two\n"}});
  EXPECT_EQ(findings(), "conflict E:models/risk.py:0 F:models/risk.py:0 conflict (binary)\n");
  EXPECT_EQ(notes(owner),
            "broken-import llm/use.py:1 :0 imports two from models.api, which may have "
            "none: git could not decide models/risk.py\n['models/risk.py']\n");
}

// Whatever becomes of the file, the package is found first.
TEST_F(Conflicts, KnowWhatAPackageHasThatHidesAnUndecidedFile) {
  const Place place = models("LIMIT = 2\n");
  place.must(
      "git rm -q models/risk.py; mkdir -p models/risk; touch models/risk/__init__.py; git add -A");
  place.unjudged("commit -m package");
  work("F", "llm",
       {{"models/risk.py", kRiskSource + std::string("two = 2\n")},
        {"llm/use.py", "from models.risk import two\n"}});
  EXPECT_EQ(
      findings(),
      "conflict E:models/risk.py:0 F:models/risk.py:0 conflict (modify/delete)\n"
      "broken-import F:llm/use.py:1 E:models/risk/__init__.py:0 imports two from models.risk, "
      "which has none\n");
}

TEST_F(Conflicts, SeeImportsInFilesThatTheOtherSideHasRenamed) {
  const Place place = models(replaced(kRiskSource, "LIMIT = 1", "MOST = 1"));
  place.must("git mv llm/news.py llm/items.py");
  place.unjudged("commit -m renamed");
  llm("VALUE = 1\n\n\n\n\nLAST = 2\nfrom models.risk import LIMIT\n");
  EXPECT_EQ(findings(),
            "broken-import F:llm/items.py:7 E:models/risk.py:0 imports LIMIT from models.risk, "
            "which has none\n");
}

TEST_F(Conflicts, NameAnImportThatTheOtherSideTookAway) {
  models(replaced(kRiskSource, "LIMIT = 1", "MOST = 1").replace(0, 0, ""));
  llm("from models.risk import LIMIT\nVALUE = 1\n\n\n\n\nLAST = 2\n");
  EXPECT_EQ(findings(),
            "broken-import F:llm/news.py:1 E:models/risk.py:0 imports LIMIT from "
            "models.risk, which has none\n");
}

TEST_F(Conflicts, SayWhenAGetattrLeavesItOpen) {
  models(replaced(kRiskSource, "LIMIT = 1", "MOST = 1\n\n\ndef __getattr__(name): return 1"));
  llm("from models.risk import LIMIT\nVALUE = 1\n\n\n\n\nLAST = 2\n");
  EXPECT_EQ(findings(), "\n");
  EXPECT_THAT(owner.sh("git stream conflicts").output, HasSubstr("which may have none"));
}

TEST_F(Conflicts, HoldNewCallsAgainstNewSignatures) {
  models(replaced(replaced(replaced(kRiskSource, "rows, limit=LIMIT", "rows, *, most"),
                           "self, size", "self, size, owner"),
                  "def make(a, b)", "def make(a)"));
  llm("from models import risk as r\nfrom models.risk import Chain as C, score\n\nscore([], "
      "limit=2)\nr.score([])\nC(1)\nC.make(1, 2)\nr.Chain(1, owner=2)\n\nVALUE = 1\n\n\n\n\nLAST = "
      "2\n");
  EXPECT_EQ(findings(),
            "interface F:llm/news.py:4 E:models/risk.py:5 calls score: models.risk.score has "
            "no argument 'limit'\n"
            "interface F:llm/news.py:5 E:models/risk.py:5 calls r.score: models.risk.score "
            "argument 'most' is missing\n"
            "interface F:llm/news.py:6 E:models/risk.py:11 calls C: models.risk.Chain "
            "argument 'owner' is missing\n"
            "interface F:llm/news.py:7 E:models/risk.py:15 calls C.make: "
            "models.risk.Chain.make takes 1 positional argument, is given 2\n");
}

TEST_F(Conflicts, NameWhatTheMergeLeavesUnbound) {
  models(replaced(replaced(kRiskSource, "LIMIT = 1", "MOST = 1"), "limit=LIMIT", "limit=MOST"));
  work("F", "llm",
       {{"models/risk.py", std::string(kRiskSource) + "\n\n\ndef most():\n    return LIMIT\n"}});
  EXPECT_EQ(findings(),
            "unbound-name F:models/risk.py:21 E:models/risk.py:0 uses LIMIT, which is no longer "
            "assigned\n");
  EXPECT_THAT(owner.sh("git stream conflicts").output,
              HasSubstr("next: keep it in E, or change models/risk.py in F"));
  const std::string order = owner.sh("git stream order --rehearse").output;
  EXPECT_THAT(order, HasSubstr("it breaks: F with E"));
  EXPECT_THAT(order, HasSubstr("models/risk.py:21: uses LIMIT, which is no longer assigned"));
}

TEST_F(Conflicts, SeeCirclesThatNeitherSideHas) {
  models("import llm.news\n" + std::string(kRiskSource));
  llm("import models.risk\nVALUE = 1\n\n\n\n\nLAST = 2\n");
  const Said said = owner.sh("git stream conflicts");
  EXPECT_THAT(said.output, HasSubstr("imports go in a circle: llm → models (llm/news.py:1) → "
                                     "llm (models/risk.py:1)"));
}

TEST_F(Conflicts, SeeLayersThatNeitherSideBreaks) {
  // To E `part` is a name in models; F makes it a module of a package that E's file then imports.
  owner.write("llm/__init__.py", "part = 1\n");
  owner.must("git add -A");
  owner.unjudged("commit -m more");
  repo.set_policy(replaced(kLayeredStreams, "modules: [models]", "modules: [models, llm]"));
  repo.set_policy(replaced(replaced(kLayeredStreams, "modules: [models]", "modules: [models, llm]"),
                           "modules: [llm]", "modules: [llm.part]"));
  models("from llm import part\n" + std::string(kRiskSource));
  work("F", "llm", {{"llm/part.py", "x = 1\n"}});
  EXPECT_THAT(findings(), HasSubstr("layer E:models/risk.py:1 F:llm/part.py:0 imports llm.part"));
  // What is remembered of the two was judged by another policy.
  repo.set_policy(kLayeredStreams + "rules: {layer: off}\n");
  EXPECT_THAT(findings(), Not(HasSubstr("layer")));
}

TEST_F(Conflicts, AreRefusedByMergeInTheSameWords) {
  repo.write_state("orchestrator_state.json", R"({"streams": {"E": {"status": "in_progress"},
    "F": {"status": "in_progress"}}})");
  models(replaced(kRiskSource, "rows, limit=LIMIT", "rows"));
  llm("from models.risk import score\n\nscore([], limit=2)\nVALUE = 1\n\n\n\n\nLAST = 2\n");
  owner.must("git stream complete E F && git stream merge E");
  const Said said = owner.sh("git stream merge F");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors,
              HasSubstr("llm/news.py:3: imports: calls score: models.risk.score has no argument "
                        "'limit' (models/risk.py:5); last changed by agent-E1"));
}

TEST_F(Conflicts, TakeInWhatIsNotCommittedAndTouchNothing) {
  const Place models_place = models(replaced(kRiskSource, "LIMIT = 1", "LIMIT = 2"));
  const Place place = llm("VALUE = 2\n\n\n\n\nLAST = 2\n");
  place.write("models/risk.py", replaced(kRiskSource, "LIMIT = 1", "LIMIT = 3"));
  place.must("git add models/risk.py");
  place.write("llm/fresh.py", "from models.risk import GONE\n");
  models_place.write("llm/fresh.py", "something = 'else'\n");
  const std::string look =
      "git count-objects -v; git for-each-ref; git status --porcelain; cat .git/index | sha1sum";
  const std::string inside = "git status --porcelain; sha1sum < $(git rev-parse --git-path index)";
  const std::string before = owner.must(look) + place.must(inside);
  EXPECT_EQ(owner.sh("git stream conflicts").status, 0);
  EXPECT_THAT(findings("--staged"), HasSubstr("conflict E:models/risk.py:1"));
  EXPECT_THAT(findings("--staged"), Not(HasSubstr("llm/fresh.py")));
  EXPECT_THAT(findings("--dirty"), HasSubstr("E:llm/fresh.py"));
  EXPECT_THAT(owner.sh("git stream conflicts --staged").output, HasSubstr("(not committed)"));
  EXPECT_EQ(owner.must(look) + place.must(inside), before);
}

TEST_F(Conflicts, FindAnotherOrderWhereOneGoesThrough) {
  // E takes away what A has come to build on, by way of a star; F brings it back.
  owner.write("models/api.py", "from models.risk import *\n");
  owner.must("git add -A");
  owner.unjudged("commit -m api");
  work("A", "foundation", {{"config/most.py", "from models.api import LIMIT\n"}});
  models(replaced(replaced(kRiskSource, "LIMIT = 1\n", ""), "limit=LIMIT", "limit=1"));
  work("F", "llm", {{"models/risk.py", std::string(kRiskSource) + "\n\n\n\nLIMIT = 2\n"}});
  const Said said = owner.sh("git stream conflicts");
  EXPECT_THAT(said.output, HasSubstr("(A, E, F) it breaks: E with A"));
  EXPECT_THAT(said.output, HasSubstr("another order goes through: A, F, E"));
  EXPECT_EQ(said.status, 1);
}

TEST_F(Conflicts, AskForStreamsThatThereAre) {
  EXPECT_THAT(owner.sh("git stream conflicts Z"), Complains(2, "no stream 'Z'"));
  EXPECT_EQ(owner.sh("git stream conflicts").status, 0);
  EXPECT_THAT(owner.sh("git stream conflicts --json").output, HasSubstr("{\"schema\": 1, "));
}

}  // namespace
}  // namespace gs::test
