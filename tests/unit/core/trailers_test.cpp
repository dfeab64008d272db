// Trailers, as `git interpret-trailers` reads and adds them.

#include "lib/core/trailers.h"

#include <gtest/gtest.h>
#include <random>

#include "tests/support/temp_repo.h"

namespace gs::core {
namespace {

const std::vector<Trailer> kAdded{{"Agent", "agent-F1"}, {"Stream", "F"}};

TEST(Trailers, AreReadFromTheLastParagraph) {
  EXPECT_EQ(read_trailers("t\n\nbody\n\nAgent: agent-F1\nStream:F\n"), kAdded);
  EXPECT_EQ(read_trailers("t\n\nAgent: agent-\n F1\n"),
            (std::vector<Trailer>{{"Agent", "agent- F1"}}));
  EXPECT_TRUE(read_trailers("Agent: agent-F1\n").empty()) << "a title is none";
  EXPECT_TRUE(read_trailers("t\n\nAgent: agent-F1\nand more text\n").empty());
  EXPECT_TRUE(read_trailers("t\n\nAgent: agent-F1\n\nlast\n").empty());
  EXPECT_TRUE(read_trailers("").empty());
}

TEST(Trailers, AreNotAddedTwice) {
  const std::string once = add_trailers("t\n", kAdded);
  EXPECT_EQ(once, "t\n\nAgent: agent-F1\nStream: F\n");
  EXPECT_EQ(add_trailers(once, kAdded), once);
  EXPECT_EQ(add_trailers("t", kAdded), once) << "git 2.39 forgets the blank line";
  EXPECT_EQ(add_trailers("t\n\nagent: other\n", kAdded), "t\n\nagent: other\nStream: F\n");
}

TEST(Trailers, StandBeforeWhatGitCutsOff) {
  EXPECT_EQ(add_trailers("t\n\n# help\n", {{"A", "b"}}), "t\n\nA: b\n\n# help\n");
  EXPECT_EQ(add_trailers("t\n; ------------------------ >8 ------------------------\ndiff\n",
                         {{"A", "b"}}, {";"}),
            "t\n\nA: b\n; ------------------------ >8 ------------------------\ndiff\n");
}

TEST(Trailers, KnowABlankMessage) {
  EXPECT_TRUE(blank_message(""));
  EXPECT_TRUE(blank_message("\n  \n# x\n"));
  EXPECT_TRUE(blank_message("\n# ------------------------ >8 ------------------------\ntext\n"));
  EXPECT_FALSE(blank_message("# x\ny\n"));
  EXPECT_FALSE(blank_message("# x\n", {";"}));
}

// Messages of the pieces that make a difference, with trailers spelled as git writes them anew.
std::string message(std::mt19937& random) {
  static const char* const kLines[] = {"text of a body\n",
                                       "Key: value\n",
                                       "Signed-off-by: A <a@example.org>\n",
                                       "(cherry picked from commit 1234)\n",
                                       "Agent: agent-E1\n",
                                       "agent: agent-E1\n",
                                       "two words: value\n",
                                       "http: //example.org/\n",
                                       "Not-a_key: x\n",
                                       ": nothing\n",
                                       "1-2: digits\n",
                                       "  indented\n"};
  static const char* const kEnds[] = {"",
                                      "\n",
                                      "# a comment\n# another\n",
                                      "\n# a comment\n\n",
                                      "\nConflicts:\n\ta/file\n\tb/file\n",
                                      "# Conflicts:\n#\ta/file\n",
                                      ("# ------------------------ >8 ------------------------\n# "
                                       "cut\ndiff --git a/x b/x\n+Key: v\n")};
  std::string text = random() % 8 == 0 ? "Key: title\n" : "A title\n";
  for (auto paragraphs = random() % 4; paragraphs > 0; --paragraphs) {
    text += random() % 10 == 0 ? " \t\n" : "\n";
    if (random() % 10 == 0) text += "\n";
    for (auto lines = 1 + random() % 5; lines > 0; --lines)
      text += kLines[random() % std::size(kLines)];
  }
  return text + kEnds[random() % std::size(kEnds)];
}

TEST(Trailers, AreAddedWhereGitAddsThem) {
  const test::TempRepo repo;
  std::mt19937 random(7);
  constexpr int kMessages = 400;
  std::vector<std::string> messages;
  std::string script;
  for (int i = 0; i < kMessages; ++i) {
    messages.push_back(message(random));
    repo.write("in/" + std::to_string(i), messages.back());
  }
  script =
      "for f in in/*; do git interpret-trailers --no-divider --if-exists doNothing "
      "--trailer 'Agent: agent-F1' --trailer 'Stream: F' <$f >out.${f#in/}; done";
  ASSERT_EQ(repo.run_in(repo.path(), {"sh", "-ec", script}).status, 0);
  for (int i = 0; i < kMessages; ++i) {
    const std::string& text = messages[static_cast<std::size_t>(i)];
    ASSERT_EQ(add_trailers(text, kAdded), repo.read("out." + std::to_string(i))) << "of\n" << text;
  }
}

}  // namespace
}  // namespace gs::core
