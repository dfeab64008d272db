#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/agents/dialects/dialect.h"
#include "lib/agents/settings/agent_settings.h"
#include "lib/core/error.h"
#include "lib/policy/grammar.h"

namespace gs::agents {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kFile[] = "settings.json";
const std::filesystem::path kProgram = "/opt/git stream/bin/git-stream";

std::string with(const SettingsForm& form, const std::string& text) {
  return with_ours(form, text, kFile, kProgram);
}

TEST(Settings, EveryDialectHasAForm) {
  for (const Dialect& dialect : dialects()) {
    const SettingsForm* form = find_form(dialect.name);
    ASSERT_NE(form, nullptr) << dialect.name;
    for (const SettingsEntry& entry : form->entries) {
      const NamedEvent* event = find_event(dialect, entry.event);
      ASSERT_NE(event, nullptr) << entry.event;
      EXPECT_EQ(entry.guards, event->moment == Moment::before_tool) << entry.event;
      for (const NamedTool& tool : dialect.tools) {
        if (!entry.guards || entry.matcher.empty() || tool.kind != ToolKind::edit) continue;
        EXPECT_NE(entry.matcher.find(tool.name), entry.matcher.npos) << tool.name;
      }
    }
  }
}

TEST(Settings, ThePolicyKnowsEveryDialect) {
  for (const policy::WordSet& set : policy::grammar_words()) {
    if (set.value != "agent_hooks[]") continue;
    ASSERT_EQ(set.words.size(), dialects().size());
    for (std::size_t i = 0; i < set.words.size(); ++i) EXPECT_EQ(set.words[i], dialects()[i].name);
    return;
  }
  FAIL() << "agent_hooks is no key";
}

TEST(Settings, GoInAndComeOutToTheByte) {
  for (const SettingsForm& form : settings_forms()) {
    for (const std::string text :
         {"{\n\t\"version\": 1,\n\t\"model\": \"m\"\n}\n", "{\"model\": \"m\", \"version\": 1}",
          "{\n  // mine\n  \"version\": 1,\n  \"hooks\": {\n    \"Other\": [ {\"x\" : 1} ] // "
          "end\n  },\n  \"z\": [1,\n 2]\n}\n",
          "{\n    \"version\": 1,\n    \"hooks\": {\n        \"PreToolUse\": [\n            "
          "{\"matcher\": \"X\", \"hooks\": []}\n        ],\n"
          "        \"preToolUse\": [{\"command\": \"y\"}], \"BeforeTool\": [1]\n    }\n}"}) {
      const std::string ours = with(form, text);
      EXPECT_THAT(ours, HasSubstr("--dialect " + std::string(form.dialect)));
      EXPECT_EQ(with(form, ours), ours);
      EXPECT_EQ(without_ours(form, ours, kFile), text) << form.dialect;
    }
  }
}

TEST(Settings, AFileOfOursIsGoneAgain) {
  for (const SettingsForm& form : settings_forms()) {
    EXPECT_EQ(without_ours(form, with(form, ""), kFile), std::nullopt) << form.dialect;
    EXPECT_EQ(without_ours(form, "", kFile), "");
  }
}

TEST(Settings, AnotherProgramsPathIsReplaced) {
  const SettingsForm& form = *find_form("claude");
  const std::string before = with_ours(form, "{\"a\": 1}", kFile, "/old/git-stream");
  const std::string after = with(form, before);
  EXPECT_THAT(after, Not(HasSubstr("/old/")));
  EXPECT_EQ(without_ours(form, after, kFile), "{\"a\": 1}");
}

TEST(Settings, AForeignCommandInOurGroupStays) {
  const SettingsForm& form = *find_form("claude");
  const std::string text =
      R"({"hooks": {"Stop": [{"hooks": [{"command": "/p/agent-hook --dialect claude --event Stop"}, {"command": "mine"}]}]}})";
  EXPECT_EQ(without_ours(form, text, kFile),
            R"({"hooks": {"Stop": [{"hooks": [{"command": "mine"}]}]}})");
}

TEST(Settings, WhatCannotBeReadIsRefused) {
  for (const char* text :
       {"[]", "{", "{\"hooks\": []}", "{\"hooks\": {\"PreToolUse\": {}}}", "{\"a\": 1,}"})
    EXPECT_THROW(with(*find_form("claude"), text), core::Error) << text;
}

TEST(Settings, AGuardThatIsGoneBlocks) {
  const SettingsForm& form = *find_form("codex");
  EXPECT_EQ(
      hook_command(kProgram, form, form.entries[0]),
      "'/opt/git stream/bin/git-stream' agent-hook --dialect codex --event PreToolUse || exit 2");
  EXPECT_EQ(hook_command(kProgram, form, form.entries[2]),
            "'/opt/git stream/bin/git-stream' agent-hook --dialect codex --event SessionStart");
}

}  // namespace
}  // namespace gs::agents
