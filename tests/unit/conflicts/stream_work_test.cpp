#include "lib/conflicts/stream_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_repo.h"

namespace gs::conflicts {
namespace {

core::StreamSpec stream(const std::string& id, const std::string& name) {
  core::StreamSpec spec;
  spec.id = core::StreamId(id);
  spec.name = name;
  return spec;
}

git::Layout layout(const std::string& main) {
  return {main + "/.git", main + "/.git", main, main};
}

git::Layout bare(const std::string& folder) {
  return {folder, folder, std::nullopt, std::nullopt};
}

TEST(Slug, IsLowerCaseWithDashes) {
  EXPECT_EQ(slug_of("Foundation"), "foundation");
  EXPECT_EQ(slug_of("LLM & Models"), "llm-models");
  EXPECT_EQ(slug_of("  News (5→1), part 2 "), "news-5-1-part-2");
  EXPECT_EQ(slug_of("--a__b..c--"), "a-b-c");
}

TEST(Slug, KeepsLettersOfEveryScriptAndNoSigns) {
  EXPECT_EQ(slug_of("Überwachung – Börse"), "Überwachung-börse");
  EXPECT_EQ(slug_of("モデル、実行"), "モデル-実行");
  EXPECT_EQ(slug_of("модели: ядро"), "модели-ядро");
  EXPECT_EQ(slug_of("a\u00a0b\u200bc\u3000d\U0001f680"), "a-b-c-d");
}

TEST(Slug, IsNeverEmptyAndNeverEndless) {
  for (const char* name : {"", "-", "&&&", "…", "\x80\xff", "\xe2\x82"})
    EXPECT_EQ(slug_of(name), "work");
  EXPECT_EQ(slug_of(std::string(5000, 'x')).size(), 100U);
  const std::string kanji = slug_of([] {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "実";
    return text;
  }());
  EXPECT_LE(kanji.size(), 104U);
  EXPECT_EQ(kanji.size() % 3, 0U) << "no letter is cut";
}

TEST(Slug, MakesBranchesThatGitTakes) {
  const test::TempRepo repo;
  const core::Policy policy;
  for (const std::string& name :
       {std::string("Foundation"), std::string("a..b"), std::string("a.lock"), std::string("@{x}"),
        std::string("~^:?*[\\"), std::string("-x"), std::string("x/"), std::string("/x//y"),
        std::string("."), std::string("HEAD"), std::string("a\x01\x7f b"), std::string("a\nb"),
        std::string("über Börse"), std::string("\xff\xfe bytes \xc3"), std::string("…"),
        std::string(3000, 'y'), std::string("{stream} {slug}")}) {
    const std::string branch = branch_for(policy, stream("F", name)).str();
    const auto said = repo.run_in(repo.path(), {"git", "check-ref-format", "--branch", branch});
    EXPECT_EQ(said.status, 0) << name << " gives " << branch;
    EXPECT_THAT(branch, testing::StartsWith("feature/stream-F-"));
  }
  repo.write("a", "a");
  repo.commit_all("a");
  repo.git({"branch", branch_for(policy, stream("F", std::string(3000, 'y'))).str()});
}

TEST(Names, FillTheRule) {
  core::Policy policy;
  EXPECT_EQ(branch_for(policy, stream("A", "Foundation")).str(), "feature/stream-A-foundation");
  policy.branch = "{slug}/{stream}";
  EXPECT_EQ(branch_for(policy, stream("A", "{stream}")).str(), "stream/A");
  policy.branch = "s/{stream}";
  EXPECT_EQ(branch_for(policy, stream("A.1_b", "x")).str(), "s/A.1_b");
}

TEST(Names, TheWorktreeIsNamedAfterTheRepository) {
  const core::Policy policy;
  const auto f = stream("F", "LLM");
  EXPECT_EQ(worktree_for(layout("/home/me/trading-bot"), policy, f), "../trading-bot-stream-F");
  EXPECT_EQ(worktree_for(bare("/srv/git/bot.git"), policy, f), "../bot-stream-F");
  EXPECT_EQ(worktree_for(bare("/srv/bot/.git"), policy, f), "../bot-stream-F");
  EXPECT_EQ(worktree_for(bare("/srv/hub/.bare"), policy, f), "../hub-stream-F");
  EXPECT_EQ(worktree_for(bare("/srv/hub.git/.bare.git"), policy, f), "../hub-stream-F");
  EXPECT_EQ(worktree_for(layout("/home/me/.dotfiles"), policy, f), "../.dotfiles-stream-F");
  EXPECT_EQ(repository_name(bare("/srv/git/bot.git")), "bot");
  core::Policy other;
  other.worktree = "/var/{repo}/{slug}/{stream}";
  EXPECT_EQ(worktree_for(layout("/home/a {stream} b"), other, f), "/var/a {stream} b/llm/F")
      << "what a folder is called is no placeholder";
}

TEST(Names, AWorktreeIsSeenFromTheMainOne) {
  EXPECT_EQ(absolute_worktree(layout("/home/me/bot"), "../bot-stream-F"), "/home/me/bot-stream-F");
  EXPECT_EQ(absolute_worktree(layout("/home/me/bot"), "./x/../w/"), "/home/me/bot/w");
  EXPECT_EQ(absolute_worktree(layout("/home/me/bot"), "/elsewhere/w"), "/elsewhere/w");
  EXPECT_EQ(absolute_worktree(bare("/srv/bot.git"), "../bot-stream-F"), "/srv/bot-stream-F");
  git::Layout linked = layout("/home/me/bot");
  linked.git_dir = "/home/me/bot/.git/worktrees/x";
  linked.worktree = "/tmp/x";
  EXPECT_EQ(absolute_worktree(linked, "../w"), "/home/me/w") << "wherever it is asked from";
}

TEST(Names, AStreamIsTitledForPeople) {
  EXPECT_EQ(titled(stream("F", "LLM")), "F (LLM)");
  EXPECT_EQ(titled(stream("F", "")), "F");
  EXPECT_EQ(titled(stream("llm", "llm")), "llm");
  EXPECT_EQ(titled(stream("F", "a\x1b[31m")), "F (a?[31m)");
}

}  // namespace
}  // namespace gs::conflicts
