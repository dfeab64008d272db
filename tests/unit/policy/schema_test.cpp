#include <fstream>
#include <gmock/gmock.h>

#include "lib/core/json.h"
#include "lib/policy/grammar.h"
#include "lib/policy/policy_file.h"
#include "lib/policy/proposed_policy.h"
#include "lib/process/process.h"
#include "tests/support/temp_repo.h"

namespace gs::policy {
namespace {

void write_list(core::JsonWriter& json, std::string_view name,
                const std::vector<std::string_view>& words) {
  json.key(name).begin_array();
  for (const std::string_view word : words) json.value(word);
  json.end_array();
}

// The parser's tables, as check_schema.py reads them.
std::string tables() {
  core::JsonWriter json;
  json.begin_object().key("keys").begin_array();
  for (const KeySet& set : grammar_keys()) {
    json.begin_object().member("object", set.object);
    write_list(json, "keys", set.keys);
    write_list(json, "required", set.required);
    json.end_object();
  }
  json.end_array().key("words").begin_array();
  for (const WordSet& set : grammar_words()) {
    json.begin_object().member("value", std::string_view(set.value));
    write_list(json, "words", set.words);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

process::Result python(std::vector<std::string> arguments, std::string input) {
  process::Command command;
  command.argv = {"/usr/bin/python3"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.input = std::move(input);
  return process::run(command);
}

TEST(Schema, HasTheParsersKeysAndWordsAndTakesItsPolicies) {
  if (python({"-c", "import jsonschema, yaml"}, "").status != 0) {
    GTEST_SKIP() << "needs python3-jsonschema and python3-yaml";
  }
  const std::string source = GS_SOURCE_DIR;
  const test::TempFolder folder;
  const std::string proposed_file = folder.path() / "proposed.yaml";
  ProposedPolicy proposed;
  proposed.streams = {{"api", {"api/**"}, "why"}, {"a b", {"a b/**", "\\!c/**"}, ""}};
  proposed.python_roots = {"lib", ""};
  proposed.layers = {{"low", {"a"}}, {"high", {"b.c"}}};
  proposed.checks = {{{"tests", {"pytest"}, core::Seconds{60}}, "why"}};
  std::ofstream(proposed_file) << policy_text(proposed);
  const process::Result result =
      python({source + "/tests/unit/policy/check_schema.py", source + "/config/streams.schema.json",
              source + "/config/trading-bot.yaml", proposed_file,
              source + "/tests/fuzz/corpus/policy_fuzz/small.yaml"},
             tables());
  EXPECT_EQ(result.status, 0) << result.output << result.errors;
}

}  // namespace
}  // namespace gs::policy
