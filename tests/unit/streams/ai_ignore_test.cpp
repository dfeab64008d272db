// `.aiignore`: what it says, and that git, reading it, ignores just what the gates would block.

#include "lib/streams/lifecycle/ai_ignore.h"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <set>

#include "lib/core/policy.h"
#include "tests/support/temp_repo.h"

namespace gs::streams {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

core::StreamSpec stream(const std::string& id, const std::string& name,
                        const std::vector<std::vector<std::string>>& agents) {
  core::StreamSpec spec;
  spec.id = core::StreamId(id);
  spec.name = name;
  for (std::size_t i = 0; i < agents.size(); ++i)
    spec.agents.push_back({*core::AgentId::parse(id + std::to_string(i + 1)), "", agents[i], {}});
  return spec;
}

std::string text_for(const core::Policy& policy, const std::string& id,
                     const std::set<std::string, std::less<>>& folders = {}) {
  const auto agent = core::AgentId::parse(id);
  const core::AgentSpec* spec = agent ? policy.find_agent(*agent) : nullptr;
  const core::StreamSpec* stream =
      spec != nullptr ? policy.stream_of(*agent) : policy.find_stream(core::StreamId(id));
  return ai_ignore(policy, {*stream, spec}, false,
                   [&](std::string_view path) { return folders.contains(path); });
}

TEST(AiIgnore, ListsOthersByStreamAndWhatIsProtected) {
  core::Policy policy;
  policy.streams = {stream("A", "Foundation", {{"config/*.py"}, {"utils/"}}),
                    stream("F", "LLM\x1b[31m", {{"llm/sentiment*.py"}}),
                    stream("H", "Nothing", {{}})};
  policy.shared = {"tests/**"};
  policy.protect = {".streams.yaml"};
  EXPECT_EQ(text_for(policy, "F"),
            "# Written by git stream start: it follows the policy when that is run again.\n"
            "# What is listed here, agents of stream F may not touch.\n"
            "\n"
            "# Stream A: Foundation\n"
            "/config/*.py\n"
            "/utils/**\n"
            "\n"
            "# Protected: nobody in a stream may touch it\n"
            "/.streams.yaml\n"
            "\n"
            "# The patterns are the policy's own: they speak of files, never of whole folders\n"
            "!*/\n");
  EXPECT_THAT(text_for(policy, "A"), HasSubstr("# Stream F: LLM?[31m\n/llm/sentiment*.py\n"));
}

TEST(AiIgnore, FreesWhatIsTheStreamsOwnOrShared) {
  core::Policy policy;
  policy.streams = {stream("A", "All", {{"models/**"}}),
                    stream("F", "LLM", {{"models/llm_*.py", "llm/*.py"}})};
  policy.shared = {"models/README.md", "docs/**"};
  const std::string text = text_for(policy, "F");
  EXPECT_THAT(text, HasSubstr("/models/**\n\n# Of that, stream F's own\n!/models/llm_*.py\n\n"
                              "# Shared by all streams\n!/models/README.md\n"));
  EXPECT_THAT(text, Not(HasSubstr("llm/*.py\n!/llm"))) << "nobody else's: nothing to free";
}

TEST(AiIgnore, APlainNameMayBeAFolder) {
  core::Policy policy;
  policy.streams = {stream("A", "", {{"config", "setup.py", "data", "v1.2"}}),
                    stream("F", "", {{"x"}})};
  EXPECT_THAT(text_for(policy, "F", {"config", "v1.2"}),
              HasSubstr("# Stream A: \n/config/**\n/setup.py\n/data\n/data/**\n/v1.2/**\n"));
}

TEST(AiIgnore, APatternIsOneLine) {
  core::Policy policy;
  policy.streams = {stream("A", "", {{"ends ", "two  ", "done\\ ", "a\nb", "#c", "\\!d", "!#c"}}),
                    stream("F", "", {})};
  const std::string text = text_for(policy, "F");
  for (const char* line :
       {"/ends\\ \n", "/two\\ \\ \n", "/done\\ \n", "/a?b\n", "/#c\n", "/\\!d\n", "!/#c\n"})
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line));
}

// git's answer for every path: whether that file hides it.
std::vector<std::string> ignored_by_git(const test::TempRepo& repo, const std::string& text,
                                        const std::vector<std::string>& paths) {
  std::ofstream(repo.path() / ".git/info/exclude") << text;
  std::ofstream list(repo.folder() / "paths", std::ios::binary);
  for (const std::string& path : paths) list << path << '\0';
  list.close();
  const auto said = repo.run_in(
      repo.path(), {"sh", "-c", "git check-ignore --no-index -z --stdin <../paths || [ $? = 1 ]"});
  EXPECT_EQ(said.status, 0) << said.errors;
  std::vector<std::string> ignored;
  for (std::string_view rest = said.output; !rest.empty();) {
    ignored.emplace_back(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(ignored.back().size() + 1, rest.size()));
  }
  return ignored;
}

std::vector<std::string> blocked_by_gates(const core::Policy& policy, const std::string& id,
                                          const std::vector<std::string>& paths) {
  core::Identity who;
  who.stream = core::StreamId(id.substr(0, 1));
  if (id.size() > 1) who.agent = core::AgentId::parse(id);
  const bool nobodys = policy.rules.unowned == core::Unowned::block;
  const core::ScopeMap scopes(policy, who, false);
  std::vector<std::string> blocked;
  for (const std::string& path : paths) {
    const core::Standing standing = scopes.place(path).standing;
    if (standing == core::Standing::foreign || standing == core::Standing::protected_path ||
        (nobodys && standing == core::Standing::unowned))
      blocked.push_back(path);
  }
  return blocked;
}

// The paths that are in one of the two only, each with a sign.
std::vector<std::string> difference(std::vector<std::string> git, std::vector<std::string> gates) {
  std::sort(git.begin(), git.end());
  std::sort(gates.begin(), gates.end());
  std::vector<std::string> only_git, only_gates;
  std::set_difference(git.begin(), git.end(), gates.begin(), gates.end(),
                      std::back_inserter(only_git));
  std::set_difference(gates.begin(), gates.end(), git.begin(), git.end(),
                      std::back_inserter(only_gates));
  for (std::string& path : only_git) path.insert(0, "+");
  for (const std::string& path : only_gates) only_git.push_back("-" + path);
  return only_git;
}

class RandomPolicies {
 public:
  explicit RandomPolicies(unsigned seed) : random_(seed) {}

  std::string pattern() {
    static const std::vector<std::string> kParts{"a", "b",  "llm",  "*",   "a*",
                                                 "?", "**", "[ab]", "*.py"};
    std::string text;
    const std::size_t count = 1 + pick(3);
    for (std::size_t i = 0; i < count; ++i)
      text += (i > 0 ? "/" : "") + kParts[pick(kParts.size())];
    const bool wild = text.find_first_of("*?[") != text.npos;
    return !wild && pick(3) == 0 ? text + "/" : text;
  }

  std::vector<std::string> patterns(std::size_t most) {
    std::vector<std::string> list(pick(most + 1));
    std::generate(list.begin(), list.end(), [&] { return pattern(); });
    return list;
  }

  core::Policy policy() {
    core::Policy policy;
    for (const char* id : {"A", "F", "G"})
      policy.streams.push_back(stream(id, "", {patterns(3), patterns(2)}));
    policy.shared = patterns(2);
    policy.protect = patterns(1);
    return policy;
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }
  std::mt19937 random_;
};

std::vector<std::string> all_paths() {
  const std::vector<std::string> names{"a", "b", "llm", "ab", "x.py", "b.py", "c"};
  std::vector<std::string> paths;
  for (const std::string& first : names) {
    paths.push_back(first);
    for (const std::string& second : names) {
      paths.push_back(first + "/" + second);
      for (const std::string& third : names) paths.push_back(first + "/" + second + "/" + third);
    }
  }
  return paths;
}

TEST(AiIgnore, GitIgnoresWhatTheGatesBlock) {
  const test::TempRepo repo;
  const std::vector<std::string> paths = all_paths();
  RandomPolicies random(20251206);
  for (int i = 0; i < 150; ++i) {
    core::Policy policy = random.policy();
    if (i % 2 == 1) policy.rules.unowned = core::Unowned::block;
    const std::string who = i % 3 == 0 ? "F1" : "F";
    const std::string text = text_for(policy, who);
    std::string own;
    for (const core::AgentSpec& agent : policy.streams[1].agents)
      for (const std::string& pattern : agent.files) own += pattern + "\n";
    EXPECT_THAT(difference(ignored_by_git(repo, text, paths), blocked_by_gates(policy, who, paths)),
                testing::IsEmpty())
        << text << "F's own:\n"
        << own;
  }
}

TEST(AiIgnore, NegatedPatternsFreeTheirOwnAgentsFilesOnly) {
  const test::TempRepo repo;
  core::Policy policy;
  policy.streams = {stream("B", "", {{"config/secret.py"}}),
                    stream("A", "", {{"config/*.py", "!config/secret.py", "!config/free.py"}}),
                    stream("E", "", {{"models/**"}}),
                    stream("F", "", {{"models/llm/**", "!models/llm/risk.py"}})};
  policy.protect = {".claude/**", "!.claude/skills/**"};
  const std::vector<std::string> paths{
      "config/a.py",     "config/secret.py",    "config/free.py",      "models/x/a.py",
      "models/llm/a.py", "models/llm/risk.py",  "models/llm/sub/b.py", ".claude/settings.json",
      "other.py",        ".claude/skills/a.md", "config/sub/secret.py"};
  EXPECT_EQ(ignored_by_git(repo, text_for(policy, "F"), paths),
            blocked_by_gates(policy, "F", paths));
}

TEST(AiIgnore, AllThatIsNotItsOwnWhereNobodysFilesAreRefused) {
  const test::TempRepo repo;
  core::Policy policy;
  policy.streams = {stream("A", "", {{"config/*.py"}}),
                    stream("F", "", {{"llm/**", "!llm/news*.py"}, {"llm/news*.py"}})};
  policy.shared = {"docs/**", "!docs/secret.md"};
  policy.protect = {".streams.yaml"};
  policy.rules.unowned = core::Unowned::block;
  const std::vector<std::string> paths{
      "config/a.py",   "llm/a.py",  "llm/news.py", "llm/sub/b.py", "docs/a.md", "docs/secret.md",
      ".streams.yaml", "README.md", "llm.py",      "deep/er/x",    ".github/w"};
  for (const char* who : {"F", "F1", "F2", "A"}) {
    EXPECT_EQ(ignored_by_git(repo, text_for(policy, who), paths),
              blocked_by_gates(policy, who, paths))
        << who;
  }
  EXPECT_THAT(text_for(policy, "F2"), HasSubstr("What is listed here, agent-F2 may not touch"));
}

// -- In a worktree --------------------------------------------------------------------------------

class InAWorktree : public testing::Test {
 protected:
  git::Layout layout() const {
    return {repo_.path() / ".git", repo_.path() / ".git", repo_.path(), repo_.path()};
  }
  static std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path file() const { return repo_.path() / ".aiignore"; }

  const test::TempRepo repo_;
  const std::string text_ = "# Written by git stream start: for a test\n";
};

TEST_F(InAWorktree, ItIsKeptOutOfCommits) {
  EXPECT_EQ(write_ai_ignore(layout(), text_), AiIgnore::written);
  EXPECT_EQ(content(file()), text_);
  EXPECT_EQ(repo_.git({"status", "--porcelain"}), "");
  EXPECT_EQ(write_ai_ignore(layout(), text_), AiIgnore::unchanged);
  EXPECT_EQ(write_ai_ignore(layout(), text_ + "# more\n"), AiIgnore::written);
  EXPECT_EQ(content(file()), text_ + "# more\n");
  const std::string exclude = content(repo_.path() / ".git/info/exclude");
  EXPECT_EQ(exclude.find("/.aiignore\n"), exclude.rfind("/.aiignore\n")) << "one line for all";
}

TEST_F(InAWorktree, ATrackedOneStays) {
  repo_.write(".aiignore", "theirs\n");
  repo_.git({"add", ".aiignore"});
  EXPECT_EQ(write_ai_ignore(layout(), text_), AiIgnore::tracked);
  EXPECT_EQ(content(file()), "theirs\n");
  EXPECT_THAT(content(repo_.path() / ".git/info/exclude"), Not(HasSubstr(".aiignore")));
}

TEST_F(InAWorktree, SomebodyElsesStays) {
  repo_.write(".aiignore", "theirs\n");
  EXPECT_EQ(write_ai_ignore(layout(), text_), AiIgnore::foreign);
  EXPECT_EQ(content(file()), "theirs\n");
  fs::remove(file());
  fs::create_symlink("elsewhere", file());
  EXPECT_EQ(write_ai_ignore(layout(), text_), AiIgnore::foreign);
  EXPECT_FALSE(fs::exists(repo_.path() / "elsewhere"));
}

}  // namespace
}  // namespace gs::streams
