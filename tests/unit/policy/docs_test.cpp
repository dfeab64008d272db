#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <vector>

#include "lib/core/error.h"
#include "lib/policy/grammar.h"
#include "lib/policy/policy_file.h"

namespace gs::policy {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string content(const std::string& path) {
  std::ifstream file(GS_SOURCE_DIR + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The bodies of all blocks of a language ("" for none).
std::vector<std::string> blocks(const std::string& text, std::string_view language) {
  std::vector<std::string> all;
  bool inside = false, wanted = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      wanted = inside && line.substr(3) == language;
      if (wanted) all.emplace_back();
    } else if (wanted) {
      all.back() += line + '\n';
    }
  }
  return all;
}

TEST(PolicyDocs, ExamplesParse) {
  const std::vector<std::string> examples = blocks(content("/docs/policy.md"), "yaml");
  EXPECT_THAT(examples, SizeIs(testing::Ge(10U)));
  for (const std::string& example : examples) {
    const bool whole = example.find("version: 1") != std::string::npos;
    EXPECT_NO_THROW(parse_policy(whole ? example : "version: 1\n" + example, "docs")) << example;
  }
}

TEST(PolicyDocs, ErrorSamplesAreRealOutput) {
  const std::string golden = content("/tests/unit/policy/errors.txt");
  const std::vector<std::string> samples = blocks(content("/docs/policy.md"), "");
  ASSERT_THAT(samples, SizeIs(1));
  std::string wanted = samples[0];
  const auto replace_all = [&](std::string_view from, std::string_view to) {
    for (std::size_t at = wanted.find(from); at != std::string::npos; at = wanted.find(from, at)) {
      wanted.replace(at, from.size(), to);
      at += to.size();
    }
  };
  replace_all(".streams.yaml:", ">>> ");
  replace_all("\n  ", "\n>>> ");
  for (std::size_t at = 0; at < wanted.size();) {
    const std::size_t end = wanted.find('\n', wanted.find('\n', at) + 1) + 1;
    EXPECT_THAT(golden, HasSubstr(wanted.substr(at, end - at)));
    at = end;
  }
}

TEST(PolicyDocs, EveryKeyAndWordIsNamed) {
  const std::string text = content("/docs/policy.md");
  for (const KeySet& set : grammar_keys()) {
    for (const std::string_view key : set.keys) {
      const bool named = text.find('`' + std::string(key) + '`') != std::string::npos ||
                         text.find('.' + std::string(key) + '`') != std::string::npos ||
                         text.find('`' + std::string(key) + ".*`") != std::string::npos ||
                         text.find('`' + std::string(key) + '.') != std::string::npos;
      EXPECT_TRUE(named) << set.object << ": " << key;
    }
  }
  for (const WordSet& set : grammar_words()) {
    for (const std::string_view word : set.words) {
      const bool range = set.value == "tasks[].priority";  // "`P0` to `P4`"
      EXPECT_TRUE(range || text.find('`' + std::string(word) + '`') != std::string::npos) << word;
    }
  }
}

}  // namespace
}  // namespace gs::policy
