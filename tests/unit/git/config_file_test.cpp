// Configuration files against git's own reading of them.

#include "lib/git/config_file.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

#include "lib/core/error.h"
#include "lib/git/settings.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

// git before 2.45 has a space for each tab between words.
std::string comparable(std::string text) {
  std::ranges::replace(text, '\t', ' ');
  return text;
}

// As `git config --list -z` prints it, where a variable without '=' has no value at all.
std::string listed(const git::ConfigEntries& entries) {
  std::string out;
  for (const git::ConfigEntry& entry : entries) out += entry.key + '\n' + entry.value + '\0';
  return comparable(out);
}

std::string ours(std::string_view text) {
  try {
    return listed(git::parse_config(text, "it"));
  } catch (const core::Error&) {
    return "bad";
  }
}

std::string gits(const TempRepo& repo, std::string_view text) {
  repo.write("../it", text);
  const process::Result result =
      repo.try_git({"config", "--file", "../it", "--no-includes", "--null", "--list"});
  if (result.status != 0) return "bad";
  std::string out;
  for (const std::string& entry : split(result.output, '\0')) {
    out += entry;
    out += entry.find('\n') == entry.npos ? std::string_view("\ntrue\0", 6)
                                          : std::string_view("\0", 1);
  }
  return comparable(out);
}

TEST(ConfigFileDifferential, Syntax) {
  const TempRepo repo;
  for (const std::string_view text : {"",
                                      "\n",
                                      "[a]",
                                      "[a]\nb",
                                      "[a]\nb\n",
                                      "[a]b=c",
                                      "[A.B]\nC-d9 = e",
                                      "[a]b=",
                                      "[a]b= ; c",
                                      "[a \"B.c\"]\nd=e",
                                      "[a \"x\\\"y\\\\z\\q\"]d=e",
                                      "[a \"\"]b=c",
                                      "[a  \t\"b\"]c=d",
                                      "[a \"b\" ]c=d",
                                      "[a \"b\nc\"]d=e",
                                      "[a \"b]\nc=d",
                                      "[a b]c=d",
                                      "[ \"b\"]c=d",
                                      "[a",
                                      "[a_b]c=d",
                                      "[]b=c",
                                      "[.]b=c",
                                      "b=c",
                                      "b",
                                      "[a]\nb_c=d",
                                      "[a]9b=c",
                                      "[a]-b=c",
                                      "[a]b c",
                                      "[a]b # c",
                                      "[a]b;c",
                                      "[a]b = c d  e  ",
                                      "[a]b=\"c  \"  d \"e\" ",
                                      "[a]b=\" c\\t\\n\\b\\\\\\\"\"",
                                      "[a]b=\\q",
                                      "[a]b=c\\\n  d\\\n\n[e]f=g",
                                      "[a]b=\"c\\\nd\"",
                                      "[a]b=\"c\nd\"",
                                      "[a]b=\"c",
                                      "[a]b=c\\",
                                      "[a]b=c # d\ne=f",
                                      "[a]b=\"c # d\" ; e",
                                      "[a]b=c;d",
                                      "# a\n; b\n[c] # d\ne=f",
                                      "[a]\r\nb=c\r\nd\r\n",
                                      "[a]\rb=c",
                                      "\xef\xbb\xbf[a]b=c",
                                      "\xef\xbb[a]b=c",
                                      "[a]b=c\n[d]e=f\n[a]b=g\n",
                                      "]",
                                      "[a]]",
                                      "[a]b==c",
                                      "[a]b = = c",
                                      "[a] [b] c=d",
                                      "[a]b=\xc3\xa4\xff",
                                      "[a \"\xff\"]b=c",
                                      "[a]b=\"\"",
                                      "[a]b=\"\" c",
                                      "[a]b=\\\n",
                                      "[a]b=c\f"}) {
    EXPECT_EQ(ours(text), gits(repo, text)) << text;
  }
}

TEST(ConfigFileDifferential, AnyMixture) {
  const TempRepo repo;
  const std::vector<std::string> pieces{"[a]", "[a \"b\"]", "[",  "]",   "\"", "\\",  "\n", "\n",
                                        "=",   " = ",       "#",  ";",   "b",  "key", " ",  "\\\n",
                                        "\r",  "\r\n",      "\t", "\\n", ".",  "x y", "é",  "-"};
  std::mt19937 random(1);
  for (int round = 0; round < 400; ++round) {
    std::string text = "[a]\n";
    for (std::size_t count = random() % 12; count > 0; --count)
      text += pieces[random() % pieces.size()];
    EXPECT_EQ(ours(text), gits(repo, text)) << text;
  }
}

TEST(ConfigFileDifferential, Booleans) {
  const TempRepo repo;
  for (const std::string& value : std::vector<std::string>{
           "true", "YES",   "On", "1",   "-1", "2k",  "3M",  "1g", "0x1", "010", "0",
           "0k",   "false", "no", "off", "",   "yep", "1kb", "k",  " 1",  "+1"}) {
    const process::Result git =
        repo.try_git({"-c", "a.b=" + value, "config", "--type=bool", "a.b"});
    EXPECT_EQ(git::truth(value), trimmed(git.output) == "true") << value;
  }
}

TEST(ConfigFile, NamesTheLine) {
  for (const auto& [text, line] : std::vector<std::pair<std::string, std::string>>{
           {"[a]\n\nb = c\n=\n", "4"}, {"[a]\nb = \"c\nd = e\n", "2"}, {"[a", "1"}}) {
    try {
      git::parse_config(text, "folder/config");
      ADD_FAILURE() << text;
    } catch (const core::Error& error) {
      EXPECT_EQ(error.what(), "cannot read folder/config: bad line " + line);
    }
  }
}

// A repository whose configuration includes FOLDER/own under some condition; `sub/file` includes
// another one.
class IncludesTest : public testing::Test {
 protected:
  void SetUp() override {
    repo_.commit_all("one");
    repo_.write("../own", "[alias]\n\there = own\n");
    repo_.write("../deeper/own", "[alias]\n\there = deeper\n");
    repo_.write("../.own", "[alias]\n\there = of the home\n");
  }

  void expect_gits(const std::string& global, const std::filesystem::path& folder) {
    repo_.write("../global", global);
    const std::vector<std::string> set{"GIT_CONFIG_GLOBAL=" + (repo_.folder() / "global").string(),
                                       "HOME=" + repo_.folder().string()};
    std::vector<std::string> argv{"env"};
    argv.insert(argv.end(), set.begin(), set.end());
    argv.insert(argv.end(), {"git", "config", "alias.here"});
    const process::Result git = repo_.run_in(folder, argv);
    const std::string answer = ask(repo_, folder, {"config", "alias.here"}, set);
    if (git.status > 1) {
      EXPECT_TRUE(answer.starts_with("failed: ")) << global << answer;
    } else {
      EXPECT_EQ(answer, git.status == 1 ? "none" : trimmed(git.output)) << global;
    }
  }

  const TempRepo repo_;
};

TEST_F(IncludesTest, WhereTheyStandAndFromWhere) {
  const std::string here = repo_.folder().string();
  for (const std::string& path :
       {std::string("own"), std::string("./own"), here + "/own", std::string("~/.own"),
        std::string("deeper/../own"), std::string("nowhere"), std::string("global")}) {
    const std::string include = "[include]\n\tpath = " + path + "\n";
    const std::string own = "[alias]\n\there = global\n";
    expect_gits(include, repo_.path());
    expect_gits(include + own, repo_.path());
    expect_gits(own + include, repo_.path());
  }
  repo_.write("../deeper/chain", "[include]\n\tpath = own\n");
  expect_gits("[include]\n\tpath = deeper/chain\n", repo_.path());
  expect_gits("[alias\n", repo_.path());
}

TEST_F(IncludesTest, Conditions) {
  repo_.git({"worktree", "add", "-q", "../side", "-b", "side"});
  std::filesystem::create_directory_symlink(repo_.folder(), repo_.folder() / "link");
  const std::string here = repo_.folder().string();
  std::vector<std::string> conditions{"onbranch:develop",
                                      "onbranch:si*",
                                      "gitdir",
                                      "nothing:x",
                                      "",
                                      "hasconfig:remote.*.url:/nowhere"};
  for (const char* const kind : {"gitdir:", "gitdir/i:"}) {
    for (const std::string& pattern :
         {here + "/",           here + "/repo/",        here + "/repo/.git",
          here + "/repo",       here + "/*/.git",       here + "/**",
          std::string("repo/"), std::string("REPO/"),   std::string("re?o/.git"),
          std::string("./"),    std::string("./repo/"), std::string("./REPO/"),
          std::string("~/"),    std::string("~/re*/"),  std::string("**/worktrees/side"),
          std::string("side"),  std::string("side/"),   std::string("/"),
          std::string("*"),     std::string("")})
      conditions.push_back(kind + pattern);
  }
  for (const std::string& condition : conditions) {
    const std::string include = "[includeIf \"" + condition + "\"]\n\tpath = own\n";
    expect_gits(include, repo_.path());
    expect_gits(include, repo_.folder() / "side");
  }
}

}  // namespace
}  // namespace gs::test
