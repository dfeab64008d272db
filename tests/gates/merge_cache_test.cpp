// What git has made of two branches is asked once, as long as nothing that it depends on changes.

#include <filesystem>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;

const std::string kTwoStreams = R"(version: 1
validate: []
streams:
  E: {name: Models, agents: {E1: {files: ["models/**"]}}}
  F: {name: LLM, agents: {F1: {files: ["llm/**"]}}}
rules: {scope: off, unowned: allow}
)";

const std::string kBase = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
const std::string kUse = "import tax\nB = 2\nC = 3\nD = 4\nE = 5\nF = 6\nG = 7\nH = 8\n";

class KeptMerges : public testing::Test {
 protected:
  KeptMerges() : repo(kTwoStreams), owner(repo.owner()) {
    commit(owner, {{"both.txt", kBase},
                   {"clash.txt", kBase},
                   {"use.py", kUse},
                   {"tax.py", "def rate():\n    return 1\n"}});
    const fs::path folder = repo.folder() / "counting";
    fs::create_directories(folder);
    owner.write("../counting/git", "#!/bin/sh\ncase \" $* \" in *' merge-tree '*) echo >>'" +
                                       log().string() + "' ;; esac\nexec /usr/bin/git \"$@\"\n");
    owner.must("chmod +x ../counting/git");
    branch("E", {{"both.txt", "one\n" + kBase}, {"clash.txt", "ours\n" + kBase}});
    branch("F", {{"both.txt", kBase + "ten\n"}, {"clash.txt", "theirs\n" + kBase}});
  }

  static std::string counted(const std::string& command) {
    return " PATH=\"$PWD/../counting:$PATH\"; " + command;
  }
  fs::path log() const { return repo.folder() / "merges"; }
  static void commit(const Place& place,
                     const std::vector<std::pair<std::string, std::string>>& files) {
    for (const auto& [path, content] : files) place.write(path, content);
    place.must("git add -A");
    place.unjudged("commit -m work");
  }
  void branch(const std::string& stream,
              const std::vector<std::pair<std::string, std::string>>& files) const {
    commit(repo.worktree("work-" + stream, "feature/stream-" + stream + "-work"), files);
  }

  // How often git was asked to merge; what was printed must be what it was.
  int merges(const std::string& before = {}) {
    fs::remove(log());
    const Said said = owner.sh(before + counted("git-stream conflicts --json"));
    EXPECT_EQ(said.status, 1) << said.errors;
    if (printed.empty()) printed = said.output;
    EXPECT_EQ(said.output, printed);
    return std::stoi(owner.must("cat ../merges 2>/dev/null | wc -l"));
  }

  StreamRepo repo;
  Place owner;
  std::string printed;
};

TEST_F(KeptMerges, AreAskedOnce) {
  EXPECT_GT(merges(), 0);
  EXPECT_EQ(merges(), 0);
  EXPECT_EQ(merges("mkdir -p sub && cd sub && cd ..;"), 0);
}

TEST_F(KeptMerges, AreAskedAgainWhereWhatTheyDependOnChanges) {
  EXPECT_GT(merges(), 0);
  for (const std::string change :
       {"git config merge.renameLimit 7;", "git config diff.renameLimit 7;",
        "git config core.whitespace cr-at-eol;", "git config attr.tree HEAD;",
        "echo '*.bin binary' >.git/info/attributes;",
        "mkdir -p ~/.config/git && echo '*.bin binary' >~/.config/git/attributes;",
        "echo '*.b binary' >~/atts && git config core.attributesFile '~/atts';",
        "echo '*.c binary' >~/atts;", "touch -d 2020-02-02 ../counting/git;"}) {
    SCOPED_TRACE(change);
    EXPECT_GT(merges(change), 0);
    EXPECT_EQ(merges(), 0);
  }
}

TEST_F(KeptMerges, AreNotKeptWhereAProgramTakesPartOrOnlyGitKnows) {
  for (const std::string change :
       {"git config merge.own.driver true;", "git config merge.renormalize true;",
        "git config core.attributesFile '~nobody/atts';", "git config core.attributesFile atts;",
        "git config includeIf.onbranch:x.path y;"}) {
    SCOPED_TRACE(change);
    EXPECT_GT(merges(change), 0);
    EXPECT_GT(merges(), 0);
    const std::string key = change.substr(11, change.find(' ', 11) - 11);
    owner.must("git config --unset-all " + key);
    printed.clear();
  }
  for (const std::string variables :
       {"GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=merge.renameLimit GIT_CONFIG_VALUE_0=7;",
        "GIT_ATTR_SOURCE=HEAD;"}) {
    SCOPED_TRACE(variables);
    EXPECT_GT(merges("export " + variables), 0);
    EXPECT_GT(merges("export " + variables), 0);
  }
}

// Nor is a merge another one: judged is what there is, as everywhere.
TEST_F(KeptMerges, AreNoOthersWhereCommitsAreReplaced) {
  EXPECT_GT(merges(), 0);
  owner.must("git replace --graft feature/stream-E-work");
  EXPECT_EQ(merges(), 0);
  EXPECT_GT(merges("git config merge.renameLimit 7;"), 0);
}

// Which commit of a submodule is the later one can become known.
TEST_F(KeptMerges, AreNotKeptWithSubmodules) {
  const std::string entry = "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD";
  for (const std::string side : {"E", "F"}) {
    const Place place(repo, repo.folder() / ("work-" + side));
    place.must(entry + (side == "E" ? "),sub" : "~),sub"));
    place.unjudged("commit -m sub");
  }
  EXPECT_GT(merges(), 0);
  EXPECT_GT(merges(), 0);
}

TEST_F(KeptMerges, OfOtherCommitsAreAsked) {
  EXPECT_GT(merges(), 0);
  printed.clear();
  commit(Place(repo, repo.folder() / "work-F"), {{"both.txt", kBase + "eleven\n"}});
  EXPECT_GT(merges(), 0);
  EXPECT_EQ(merges(), 0);
}

// What was kept is enough for whoever looks into the merged tree.
TEST_F(KeptMerges, ServeOtherCommands) {
  commit(Place(repo, repo.folder() / "work-E"),
         {{"clash.txt", kBase}, {"use.py", "Z = 0\n" + kUse}, {"tax.py", "RATE = 1\n"}});
  commit(Place(repo, repo.folder() / "work-F"),
         {{"clash.txt", kBase}, {"use.py", kUse + "RATE = tax.rate()\n"}});
  owner.sh(counted("git-stream conflicts"));
  fs::remove(log());
  const std::string rehearse = "git-stream order --rehearse --json";
  const Said kept = owner.sh(counted(rehearse));
  EXPECT_FALSE(owner.has("../merges"));
  EXPECT_THAT(kept.output, testing::HasSubstr("tax.rate"));
  EXPECT_EQ(owner.sh("GIT_CONFIG_COUNT=0 " + rehearse).output, kept.output);
}

}  // namespace
}  // namespace gs::test
