// File systems to which names in other letters, or in another Unicode form, are the same name. Most
// of it is simulated by core.ignoreCase on one that tells them apart; folders that have two names
// are bind mounts, where the system lets users make them.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kComposed[] = "docs/\u00e9.md", kDecomposed[] = "docs/e\u0301.md";
constexpr char kCapital[] = "docs/E\u0301.md";  // decomposed

constexpr char kHook[] = GS_BUILD_DIR "/libexec/git-stream/agent-hook --dialect claude";

std::string call_text(const std::string& folder, const std::string& tool,
                      const std::string& input) {
  return R"({"hook_event_name": "PreToolUse", "tool_name": ")" + tool +
         R"(", "session_id": "s", "cwd": ")" + folder + R"(", "tool_input": )" + input + "}";
}

Said call(const Place& place, const std::string& tool, const std::string& input) {
  return place.sh("printf '%s' " + word(call_text(place.path().string(), tool, input)) + " | " +
                  kHook);
}
Said edit(const Place& place, const std::string& path) {
  return call(place, "Write", R"({"file_path": ")" + path + "\"}");
}
Said command(const Place& place, const std::string& line) {
  return call(place, "Bash", R"({"command": ")" + line + "\"}");
}

MATCHER_P(Denies, part, "denies") {
  return arg.status == 0 && arg.output.find("\"deny\"") != std::string::npos &&
         arg.output.find(part) != std::string::npos;
}

std::string held(const std::string& path) {
  return path + ": lock: held by agent-F1 until TIME";
}

struct CaseFolding : testing::Test {
  StreamRepo repo;
  Place f1 = repo.agent("F1"), f2 = repo.agent("F2");

  void ignore_case() const { repo.git({"config", "core.ignoreCase", "true"}); }
};

struct TwoNames {
  std::string locked, changed;
  bool by_case;
};

TEST_F(CaseFolding, ALockHoldsAtEveryGate) {
  const TwoNames rows[] = {{"Docs/Guide.md", "docs/guide.md", true},
                           {"DOCS/", "docs/new.md", true},
                           {kCapital, kComposed, true},
                           {kComposed, kDecomposed, false},
                           {"docs/e\u0301*.md", "docs/\u00e9t\u00e9.md", false},
                           {"docs/\u00e9/", "docs/e\u0301/a.md", false}};
  for (const bool ignoring : {false, true}) {
    if (ignoring) ignore_case();
    for (const TwoNames& row : rows) {
      SCOPED_TRACE(row.locked + " and " + row.changed);
      f1.must("git stream lock " + word(row.locked));
      if (row.by_case && !ignoring) {
        EXPECT_THAT(edit(f2, row.changed), Silent());
        EXPECT_THAT(f2.commit(row.changed), Commits());
      } else {
        EXPECT_THAT(edit(f2, row.changed), Denies("held by agent-F1"));
        EXPECT_EQ(f2.sh("git stream lock " + word(row.changed)).status, 1);
        EXPECT_THAT(f2.commit(row.changed), Blocks(kF2, Findings{held(row.changed)}));
        EXPECT_THAT(f2.sh("git commit -q -n -m Unseen"),
                    Stops("ref update", kF2, Findings{held(row.changed)}));
        EXPECT_THAT(edit(f1, row.changed), Silent()) << "the holder";
      }
      f1.must("git stream unlock --all");
      f2.must("git reset -q --hard develop; git clean -qfd");
    }
  }
}

TEST_F(CaseFolding, ALockHoldsAtAPushAndInItsRange) {
  const PushScene scene;
  scene.git({"config", "core.ignoreCase", "true"});
  const Place one = scene.enrolled("F1", "feature/stream-F-one");
  const Place two = scene.enrolled("F2", kNewsBranch);
  one.must("git stream lock DOCS/Guide.md");
  commit_unjudged(two, "docs/guide.md");
  EXPECT_THAT(block_of(two.sh("git push -q origin HEAD")), HasSubstr("docs/guide.md: lock: held"));
  EXPECT_THAT(two.sh("git stream check --range develop..HEAD").output,
              HasSubstr("docs/guide.md: lock: held"));
}

TEST_F(CaseFolding, AScopeIsTheOwnersInEveryForm) {
  std::string policy = two_streams();
  policy.replace(policy.find("llm/news*.py"), 12, "llm/e\u0301*.py\", \"llm/news*.py");
  const StreamRepo other(policy);
  const Place one = other.agent("F1"), two = other.agent("F2");
  EXPECT_THAT(two.commit("llm/\u00e9t\u00e9.py"), Commits()) << "a policy in NFD";
  EXPECT_THAT(two.commit("llm/e\u0301.py"), Commits());
  EXPECT_THAT(edit(two, "llm/\u00e9.py"), Silent());
  EXPECT_EQ(other.locks(), "") << "it is a scope, and needs no lock";
  EXPECT_FALSE(one.commit("llm/e\u0301_2.py").moved);
  one.must("git reset -q --hard; git clean -qfd");
  other.git({"config", "core.ignoreCase", "true"});
  EXPECT_THAT(two.commit("LLM/\u00c9.PY"), Commits());
  EXPECT_THAT(two.commit("LLM/News_2.py"), Commits());
  EXPECT_THAT(edit(one, "LLM/News_2.py"), Denies("belongs to agent-F2"));
  EXPECT_THAT(edit(one, "LLM/Sentiment.py"), Silent());
}

TEST_F(CaseFolding, OneNameHasOneAutomaticLock) {
  ignore_case();
  EXPECT_THAT(f1.sh("git mv setup.py Setup.py; git commit -q -m Rename"), Commits());
  EXPECT_THAT(f1.commit("Setup.py"), Commits());
  EXPECT_THAT(edit(f1, "SETUP.py"), Silent());
  const std::string locks = repo.locks();
  EXPECT_EQ(std::count(locks.begin(), locks.end(), '\n'), 1) << locks;
  EXPECT_THAT(f2.commit("setup.py"), Blocks(kF2, Findings{held("setup.py")}));
  EXPECT_THAT(f2.sh("git stream unlock SETUP.py").errors, HasSubstr("held by agent-F1"));
  EXPECT_EQ(f1.sh("git stream unlock sEtUp.py").status, 0);
  EXPECT_EQ(repo.locks(), "");
}

TEST_F(CaseFolding, LocksAreWrittenAsGitWritesTheIndex) {
  const std::string decomposed = "e\u0301.txt", composed = "\u00e9.txt";
  f1.must("git stream lock " + word(decomposed));
  EXPECT_THAT(repo.locks(), HasSubstr(decomposed)) << "as it was given";
  f1.must("git stream unlock " + word(composed));
  repo.git({"config", "core.precomposeUnicode", "true"});
  f1.must("git stream lock " + word(decomposed));
  EXPECT_THAT(repo.locks(), HasSubstr(composed));
  f1.must("git stream unlock " + word(decomposed));
  EXPECT_THAT(edit(f1, decomposed), Silent());
  EXPECT_THAT(repo.locks(), HasSubstr(composed)) << "by an edit";
  EXPECT_THAT(f1.commit(composed), Commits());
}

TEST_F(CaseFolding, TwoPathsOfOneNameInATree) {
  f1.write("docs/GUIDE.md", "2\n");
  f1.must("git add docs; git commit -q -m Two; git stream unlock --all");
  ignore_case();
  EXPECT_THAT(f1.commit("docs/guide.md", "changed\n"), Commits());
  EXPECT_THAT(f1.sh("git rm -q --cached docs/GUIDE.md; git commit -q -m One"), Commits());
}

TEST_F(CaseFolding, AnImportNamesAFileInItsOwnLetters) {
  ignore_case();
  f1.write("llm/sentiment_x.py", "import Llm.News\nimport llm.News\nimport llm.news\n");
  f1.must("git add llm");
  const std::string edges = f1.must("git stream imports llm/sentiment_x.py --format jsonl");
  const std::string graph = f1.must("git stream graph --format json");
  EXPECT_THAT(edges, HasSubstr("llm.News"));
  EXPECT_THAT(graph, Not(HasSubstr("llm.News\""))) << "CPython compares with the folder's list";
}

TEST_F(CaseFolding, WhatIsRemovedIsTheTrackedFile) {
  for (const std::string name : {"LLM/News.py", "llm/NEWS.py"}) {
    f1.write(name, "1\n");
    EXPECT_THAT(command(f1, "rm " + name), Silent()) << "a file that no commit has";
  }
  ignore_case();
  for (const std::string name : {"LLM/News.py", "llm/NEWS.py"})
    EXPECT_THAT(command(f1, "rm " + name), Denies("belongs to agent-F2"));
  f1.write("LLM/Scratch.py", "1\n");
  EXPECT_THAT(command(f1, "rm LLM/Scratch.py"), Silent());
}

TEST_F(CaseFolding, GitsFolderIsKnownByAllItsNames) {
  for (const std::string name : {".GIT", ".g\u200cit", "git~1", ".git.", ".git::$INDEX_ALLOCATION"})
    EXPECT_THAT(edit(f1, "docs/" + name + "/hooks/pre-commit"), Denies("is git's own")) << name;
  for (const std::string name : {".gitignore", "git", "git~2", ".github/x.yml", ".git-notes"})
    EXPECT_THAT(edit(f1, "docs/" + name), Silent()) << name;
}

// Whether refs are in files, of which a file system can have one under two names.
bool has_ref_files(const TempRepo& repo) {
  return !std::filesystem::exists(repo.path() / ".git/reftable");
}

TEST_F(CaseFolding, ABranchInOtherLettersIsTheBranch) {
  const Place other = repo.worktree("X", "work-x");
  repo.git({"branch", "feature/stream-E-x"});
  commit_unjudged(other, ".streams.yaml", two_streams("# mine\n"));
  const std::string policy = other.must("git rev-parse HEAD").substr(0, id_digits());
  other.must("git reset -q --hard HEAD~1");
  commit_unjudged(other, "llm/news.py");
  const std::string news = other.must("git rev-parse HEAD").substr(0, id_digits());
  const std::string own = "git update-ref refs/heads/";
  EXPECT_THAT(other.sh(own + "Develop " + policy), Silent()) << "another branch";
  EXPECT_THAT(other.sh(own + "Feature/stream-E-x " + news), Silent());
  other.must("git branch -D -q Develop Feature/stream-E-x");
  ignore_case();
  if (!has_ref_files(repo)) {
    EXPECT_THAT(other.sh(own + "Develop " + policy), Silent()) << "tables have every name once";
    return;
  }
  for (const std::string name :
       {"refs/heads/Develop", "refs/HEADS/develop", "main-worktree/refs/heads/DEVELOP"})
    EXPECT_THAT(other.sh("git update-ref " + name + " " + policy).errors,
                HasSubstr("changes on develop only from an owner's worktree"))
        << name;
  EXPECT_THAT(other.sh(own + "Feature/stream-E-x " + news).errors,
              HasSubstr("llm/news.py: scope: belongs to agent-F2"));
  EXPECT_THAT(command(f1, "git branch -f Develop HEAD"), Denies("is the integration branch"));
  EXPECT_THAT(command(f1, "git push origin HEAD:Feature/Stream-E-x"), Denies("of stream E"));
  EXPECT_THAT(command(f1, "git branch -f mine HEAD"), Silent());
  EXPECT_THAT(f1.sh("git branch mine; git branch Mine; git update-ref refs/heads/other HEAD"),
              Silent());
}

// ---- Folders with two names.

bool can_bind() {
  return std::system("unshare --user --map-root-user --mount true >/dev/null 2>&1") == 0;
}

// Calls are made where f1 is F1, f2 is F2 and REPO is the owner's worktree, by bind mounts.
struct TwoFolders : CaseFolding {
  void SetUp() override {
    if (!can_bind()) GTEST_SKIP() << "no user may mount here";
  }
  std::string at(const std::string& path) const { return (repo.folder() / path).string(); }

  // `also`: a shell line in FOLDER, before the call.
  Said call_there(const std::string& from, const std::string& tool, const std::string& input,
                  const std::string& also = ":") const {
    const std::string text = call_text(at(from), tool, input);
    const std::string script =
        "same() { if [ -d \"$1\" ]; then mkdir -p \"$2\"; else : >\"$2\"; fi;"
        " mount --bind \"$1\" \"$2\"; }\n"
        "same F1 f1; same F2 f2; same " +
        repo.path().filename().string() + " REPO\n" + also + "\ncd " + from + "; printf '%s' " +
        word(text) + " | " + kHook;
    return Place(repo, repo.folder())
        .sh("unshare --user --map-root-user --mount sh -ec " + word(script));
  }
  Said edit_there(const std::string& path, const std::string& also = ":") const {
    return call_there("F1", "Write", R"({"file_path": ")" + path + "\"}", also);
  }
  Said command_there(const std::string& line) const {
    return call_there("F1", "Bash", R"({"command": ")" + line + "\"}");
  }
};

TEST_F(TwoFolders, AWorktreeIsKnownByBothItsNames) {
  EXPECT_THAT(edit_there(at("f1/llm/sentiment.py")), Silent());
  EXPECT_THAT(edit_there(at("f1/llm/news.py")), Denies("belongs to agent-F2"));
  EXPECT_THAT(edit_there(at("REPO/models/risk.py")), Denies("is in another worktree"));
  EXPECT_THAT(edit_there(at("REPO/.git/hooks/pre-commit")), Denies("is git's own"));
  EXPECT_THAT(edit_there(at("REPO/.git/stream/state/file_locks.json")), Denies("shared state"));
  EXPECT_THAT(edit_there(at("f2/llm/news.py")), Denies("is in another worktree"));
  EXPECT_THAT(command_there("cd " + at("REPO") + " && git commit -q -a -m x"),
              Denies("is in another worktree"));
  EXPECT_THAT(command_there("git worktree remove " + at("f2")), Denies("another worktree"));
  EXPECT_THAT(command_there("cd " + at("f1/llm") + " && touch sentiment_2.py && git add ."),
              Silent());
  EXPECT_THAT(call_there("f1", "Write", R"({"file_path": "llm/sentiment.py"})"), Silent());
  EXPECT_THAT(call_there("f1", "Write", R"({"file_path": ")" + at("F1/llm/news.py") + "\"}"),
              Denies("belongs to agent-F2"));
  EXPECT_THAT(edit_there(at("elsewhere.txt")), Silent());
}

TEST_F(TwoFolders, AFileSystemIsAskedWhateverTheConfigurationSays) {
  repo.git({"config", "core.ignoreCase", "false"});
  f2.must("git stream lock docs/Guide.md");
  EXPECT_THAT(edit_there("docs/guide.md"), Silent());
  EXPECT_THAT(edit_there("docs/guide.md", "same F1/.git F1/.GIT"), Denies("held by agent-F2"));
}

}  // namespace
}  // namespace gs::test
