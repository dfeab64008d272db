#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <iterator>
#include <vector>

#include "lib/core/error.h"
#include "lib/policy/policy_file.h"

namespace gs::policy {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

struct Case {
  std::string yaml, message, hint;
};

std::vector<Case> golden() {
  std::ifstream file(GS_SOURCE_DIR "/tests/unit/policy/errors.txt");
  std::vector<Case> cases(1);
  for (std::string line; std::getline(file, line);) {
    Case& last = cases.back();
    if (line == "----") {
      cases.emplace_back();
    } else if (!line.starts_with(">>> ")) {
      last.yaml += line + '\n';
    } else {
      (last.message.empty() ? last.message : last.hint) = line.substr(4);
    }
  }
  cases.pop_back();
  cases.erase(cases.begin());  // the file's head
  return cases;
}

std::string said(std::string_view yaml) {
  try {
    parse_policy(yaml, "p");
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::usage);
    return std::string(error.what()) + (error.hint().empty() ? "" : "\n" + error.hint());
  }
  return "nothing";
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

TEST(PolicyErrors, SayWhereWhatAndWhatInstead) {
  const std::vector<Case> cases = golden();
  EXPECT_GT(cases.size(), 80U);
  for (const Case& broken : cases) {
    const std::string hint = broken.hint.empty() ? "" : "\n" + broken.hint;
    EXPECT_EQ(said(broken.yaml), "p:" + broken.message + hint) << broken.yaml;
  }
}

TEST(PolicyErrors, BytesThatAreNoText) {
  using namespace std::string_literals;
  EXPECT_EQ(said("version: 1\n# \xff\n"), "p:2:3: byte 0xFF is no UTF-8\nsave the file as UTF-8");
  EXPECT_EQ(said("\xff\xfev\0e\0r\0"s), "p:1:1: byte 0xFF is no UTF-8\nsave the file as UTF-8");
  EXPECT_EQ(said("version: 1\0"s), "p:1:11: control character 0x00\na policy is plain text");
  EXPECT_EQ(said("v\x1b[31m: 1"), "p:1:2: control character 0x1B\na policy is plain text");
  EXPECT_EQ(said("a: \xed\xa0\x80"), "p:1:4: byte 0xED is no UTF-8\nsave the file as UTF-8");
}

TEST(PolicyErrors, ColumnsCountCharactersBehindAByteOrderMark) {
  EXPECT_THAT(said("\xef\xbb\xbfversion: 1\nshared: [\"é→\", [x]]"), StartsWith("p:2:16: "));
  EXPECT_THAT(said("\xef\xbb\xbfversoin: 1"), StartsWith("p:1:1: unknown key 'versoin'"));
}

TEST(PolicyErrors, MessagesAreOneLineAndShort) {
  const std::string message = said("version: 1\n\"a\\nb\\e[31m" + repeated("é", 200) + "\": 1");
  EXPECT_THAT(message, StartsWith("p:2:1: unknown key 'a?b?[31m" + repeated("é", 26) + "…' in "));
}

TEST(PolicyErrors, TooMuchOfAnything) {
  EXPECT_EQ(said(repeated("#", 1024 * 1024 + 1)),
            "p:1:1: 1048577 bytes are too many for a policy (at most 1048576)\n"
            "is this the right file?");
  EXPECT_EQ(said("version: 1\n" + repeated("#", 1024 * 1024 - 11)), "nothing");
  std::string bomb =
      "version: 1\nshared: &x [" + repeated("a,", 10'000) + "]\nstreams: {A: {agents: {";
  for (int i = 0; i < 30; ++i) bomb += "A" + std::to_string(i) + ": {files: *x}, ";
  EXPECT_THAT(said(bomb + "}}}"), EndsWith("more than 200000 values, aliases written out"));
}

TEST(PolicyErrors, NestingIsBoundedForAnyShape) {
  for (const std::string_view shape :
       {"[", "{", "- ", "? ", ": ", ":\n", "[a,", "{a: ", "? - ", "[?", "{[", "- - a\n  "}) {
    EXPECT_THAT(said(repeated(shape, 100'000)), StartsWith("p:")) << shape;
    EXPECT_THAT(said("version: 1\nx: " + repeated(shape, 10'000)), StartsWith("p:")) << shape;
  }
  std::string stairs;
  for (std::size_t i = 0; i < 200; ++i) stairs += repeated(" ", i) + "a:\n";
  EXPECT_THAT(said(stairs), HasSubstr("nested deeper than 32 levels"));
}

TEST(PolicyErrors, LongRunsOfAnythingEndInAnErrorOrAPolicy) {
  for (const std::string_view run :
       {"!",       "&a ", "*a ", "%a\n", "---\n",      "...\n", "\"",   "'",  "|\n",
        ">\n ",    "a\n", "]",   "}",    ",",          "- a\n", "- \n", "\t", "\r\n",
        "\r",      "a #", "@",   "`",    "%TAG ! x\n", "!<a> ", "&a [", "\\", "\"\\U00110000\"",
        "\xc3\xa9"}) {
    EXPECT_THAT(said(repeated(run, 50'000 / run.size())), StartsWith("p:")) << run;
  }
}

TEST(PolicyErrors, ACycleOfThousandsIsShownByItsBeginning) {
  std::string yaml = "version: 1\nstreams:\n";
  for (int i = 0; i < 5'000; ++i) {
    yaml +=
        "  S" + std::to_string(i) + ": {depends_on: [S" + std::to_string((i + 1) % 5'000) + "]}\n";
  }
  const std::string message = said(yaml);
  EXPECT_THAT(message, StartsWith("p:3:21: dependency cycle: S0 → S1 → S2 → "));
  EXPECT_THAT(message, HasSubstr("→ … → S0\n"));
  EXPECT_LT(message.size(), 600U);
}

TEST(PolicyErrors, LongChainsAreNoCycle) {
  std::string yaml = "version: 1\nstreams:\n  S0: {agents: {A0: {files: []}}}\n";
  for (int i = 1; i < 6'000; ++i) {
    const std::string me = std::to_string(i), other = std::to_string(i - 1);
    yaml += "  S" + me + ": {depends_on: [S" + other + "], agents: {A" + me +
            ": {files: [], after: [A" + other + "]}}}\n";
  }
  EXPECT_EQ(said(yaml), "nothing");
}

}  // namespace
}  // namespace gs::policy
