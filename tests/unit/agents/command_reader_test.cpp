// What is read of the command lines in tests/agents/commands.txt, and of single words.

#include "lib/agents/shell/command_reader.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/git/repository.h"
#include "tests/support/temp_repo.h"

namespace gs::agents {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

// A worktree with the files of tests/agents/replay.py, beside two others.
class Tree {
 public:
  Tree() {
    for (const char* file : {"llm/sentiment.py", "llm/news.py", "llm/feeds/rss.py",
                             "models/risk.py", "docs/guide.md", "setup.py", "notebooks/a.ipynb"})
      repo_.write(file, "#\n");
    for (const char* folder : {"../E1/models", "../main/llm", "../main/models", "../outside"})
      fs::create_directories(repo_.path() / folder);
    context_.folder = repo_.path();
    context_.home = "/home/ada";
    context_.is_revision = [](const std::string& name) {
      return name == "develop" || name.find_first_of("~^@") != std::string::npos;
    };
  }

  ShellReading read(std::string_view line) const { return read_command_line(line, context_); }

  // The effects, each once; the first few of many.
  Lines effects(std::string_view line) const {
    constexpr std::size_t kMost = 6;
    Lines all;
    for (const Act& act : read(line).acts) {
      std::string text(effect_name(act.effect));
      if (!act.name.empty()) text += " " + shown(act.name);
      if (act.name.empty() && act.folder) text += " " + shown(act.folder->string());
      if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(std::move(text));
    }
    if (all.size() > kMost) {
      all.resize(kMost);
      all.emplace_back("…");
    }
    return all;
  }

  std::string filled(std::string text) const {
    const fs::path folder = repo_.path().parent_path();
    for (const auto& [mark, path] :
         {std::pair("@OUT@", folder / "outside"), std::pair("@MAIN@", folder / "main"),
          std::pair("@TOP@", repo_.path())}) {
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
        text.replace(at, std::string_view(mark).size(), path.string());
    }
    return text;
  }

 private:
  std::string shown(const std::string& name) const {
    if (!name.starts_with('/')) return name;
    const fs::path path = fs::path(name).lexically_normal();
    const std::string near = path.lexically_relative(repo_.path()).string();
    return near.starts_with("../..") ? path.string() : near;
  }

  test::TempRepo repo_;
  ShellContext context_;
};

struct Entry {
  std::size_t number = 0;
  std::string verdict, line;
  Lines effects;
};

std::vector<Entry> read_entries(const std::string& file) {
  std::vector<Entry> all;
  std::ifstream in(file);
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    if (text.starts_with("   | ")) {
      all.back().line += "\n" + text.substr(5);
    } else if (text.starts_with("   = ")) {
      all.back().effects.push_back(text.substr(5));
    } else if (!text.empty() && text[0] != '#') {
      const std::size_t blank = text.find(' ');
      all.push_back({number, text.substr(0, blank), text.substr(blank + 1), {}});
    } else if (text == "   |") {
      ADD_FAILURE() << file << ":" << number << ": an empty line is '   | '";
    }
  }
  return all;
}

// The file with what is read now.
void write_effects(const std::string& file, const Tree& tree) {
  std::ifstream in(file);
  std::string text, out, line;
  const auto put = [&] {
    for (const std::string& effect : tree.effects(tree.filled(line)))
      out += "   = " + effect + "\n";
    line.clear();
  };
  while (std::getline(in, text)) {
    if (text.starts_with("   = ")) continue;
    const bool more = text.starts_with("   | ");
    if (!more && !line.empty()) put();
    if (more) line += "\n" + text.substr(5);
    if (!more && !text.empty() && text[0] != '#') line = text.substr(text.find(' ') + 1);
    out += text + "\n";
  }
  if (!line.empty()) put();
  std::ofstream(file) << out;
}

TEST(CommandReader, ReadsTheLinesOfTheCorpus) {
  const std::string file = GS_SOURCE_DIR "/tests/agents/commands.txt";
  const Tree tree;
  if (std::getenv("GS_UPDATE_COMMANDS") != nullptr) write_effects(file, tree);
  std::size_t passing = 0;
  const std::vector<Entry> entries = read_entries(file);
  for (const Entry& entry : entries) {
    EXPECT_EQ(tree.effects(tree.filled(entry.line)), entry.effects) << file << ":" << entry.number;
    passing += entry.verdict == "pass" ? 1U : 0U;
  }
  EXPECT_GE(entries.size(), 800U);
  EXPECT_GE(passing, 380U);
}

TEST(CommandReader, SaysWhatItCouldNotRead) {
  const Tree tree;
  EXPECT_EQ(tree.read("ls models").trouble, "");
  EXPECT_EQ(tree.read("echo \"open").trouble, "is no whole command line");
  EXPECT_FALSE(tree.read("echo \"open").risky);
  EXPECT_TRUE(tree.read("git push; echo \"open").risky);
  EXPECT_EQ(tree.read(std::string(kLongestLine + 1, 'x')).trouble, "is longer than 1 MB");
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "{ ";
  for (int i = 0; i < 500; ++i) deep += (i == 0 ? "a; }" : "; }");
  EXPECT_EQ(tree.read(deep).trouble, "is nested too deep");
  EXPECT_EQ(tree.read("f() { f; }; f").trouble, "runs functions within functions");
}

// As many as a person would write by hand, and far more than that.
TEST(CommandReader, TakesBoundedTimeForAnyLine) {
  const Tree tree;
  for (const std::string piece :
       {"<<a ",       "a=( ", "$(",     "\"$(", "${x:-", "`",    "if ",
        "case a in ", "{a,",  "{a,b}",  "((",   "[[ ",   "x=1;", "a|",
        "a&&",        "! ",   "f() { ", "$x",   "'",     "\\",   "for i in a;do "}) {
    std::string line;
    while (line.size() < 100'000) line += piece;
    const auto begin = std::chrono::steady_clock::now();
    tree.read(line);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << piece;
  }
}

TEST(Programs, NameWhatTheyWrite) {
  const auto written = [](const std::vector<std::string>& words) {
    std::vector<Word> all;
    for (const std::string& word : words) all.push_back({word});
    Lines names;
    for (const Word& word : file_uses(all).written) names.push_back(word.text);
    return names;
  };
  EXPECT_THAT(written({"tee", "-a", "x", "--", "-y"}), ElementsAre("x", "-y"));
  EXPECT_THAT(written({"chmod", "-R", "-x", "a", "b"}), ElementsAre("a", "b"));
  EXPECT_THAT(written({"chmod", "--reference=r", "a"}), ElementsAre("a"));
  EXPECT_THAT(written({"chmod", "--", "-x", "a"}), ElementsAre("a"));
  EXPECT_THAT(written({"sed", "-i", "-e", "s/a/b/", "f"}), ElementsAre("f"));
  EXPECT_THAT(written({"sed", "-n", "s/a/b/", "f"}), IsEmpty());
  EXPECT_THAT(written({"sed", "s/w/x/", "f"}), IsEmpty());
  EXPECT_THAT(written({"sort", "-k", "2", "-o", "out", "in"}), ElementsAre("out"));
  EXPECT_THAT(written({"sort", "-uoout", "in"}), ElementsAre("out"));
  EXPECT_THAT(written({"tar", "czf", "a.tgz", "b"}), ElementsAre("a.tgz"));
  EXPECT_THAT(written({"tar", "-x", "-f", "a.tgz"}), IsEmpty());
  EXPECT_THAT(written({"curl", "-sSLo", "f", "http://h/g"}), ElementsAre("f"));
  EXPECT_THAT(written({"wget", "http://h/g?x"}), ElementsAre("g"));
  EXPECT_THAT(written({"awk", "{ print > \"f\" }"}), ElementsAre("f"));
  EXPECT_THAT(written({"awk", "{ print ($1 > \"f\") }"}), IsEmpty());
  EXPECT_THAT(written({"awk", "$1 > \"f\""}), IsEmpty());
  EXPECT_THAT(written({"ruff", "check", "--select", "I", "--fix", "f"}), ElementsAre("f"));
  EXPECT_THAT(written({"ruff", "check", "f"}), IsEmpty());
  EXPECT_THAT(written({"Set-Content", "-Path", "f", "-Value", "x"}), ElementsAre("f"));
  EXPECT_THAT(written({"unknown", "-o", "x"}), IsEmpty());
}

}  // namespace
}  // namespace gs::agents
