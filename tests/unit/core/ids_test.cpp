#include "lib/core/ids.h"

#include <gtest/gtest.h>

#include "lib/core/change.h"
#include "lib/core/finding.h"

namespace gs::core {
namespace {

TEST(Ids, AnAgentHasAShortAndAFullName) {
  for (const char* text : {"F1", "agent-F1"}) {
    const std::optional<AgentId> id = AgentId::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->short_name(), "F1");
    EXPECT_EQ(id->full(), "agent-F1");
  }
}

TEST(Ids, AreRefusedWhenTheyCouldBeAnythingElse) {
  for (const std::string& text :
       {std::string(), std::string("agent-"), std::string("a/b"), std::string("a b"),
        std::string("-a"), std::string(".a"), std::string("_a"), std::string("a\n"),
        std::string("a\0b", 3), std::string("caf\xc3\xa9"), std::string(65, 'a')}) {
    EXPECT_FALSE(AgentId::parse(text)) << text;
    EXPECT_FALSE(valid_id(text) && text != "agent-") << text;
  }
  for (const std::string& text :
       {std::string("a"), std::string("7"), std::string("a.b_c-d"), std::string(64, 'a')}) {
    EXPECT_TRUE(AgentId::parse(text)) << text;
    EXPECT_TRUE(valid_id(text)) << text;
  }
}

TEST(Ids, HoldersAreTheSameInBothForms) {
  EXPECT_TRUE(same_holder("F1", "agent-F1"));
  EXPECT_TRUE(same_holder("stream-F", "stream-F"));
  EXPECT_FALSE(same_holder("F1", "F2"));
  EXPECT_FALSE(same_holder("f1", "F1"));
}

TEST(Ids, AnIdentityIsNamedByTheMostThatIsKnown) {
  Identity identity;
  EXPECT_TRUE(identity.outsider());
  EXPECT_EQ(identity.name(), "outsider");
  identity.person = "Ada (owner)";
  EXPECT_EQ(identity.name(), "Ada (owner)");
  EXPECT_TRUE(same_holder("outsider", identity.name()));
  EXPECT_FALSE(same_holder("Ada", identity.name()));
  EXPECT_TRUE(means_holder("Ada", identity.name()));
  EXPECT_FALSE(is_person("agent-owner"));
  identity.stream = StreamId("F");
  EXPECT_FALSE(identity.outsider());
  EXPECT_EQ(identity.name(), "stream-F");
  identity.agent = AgentId::parse("F1");
  EXPECT_EQ(identity.name(), "agent-F1");
}

TEST(Ids, ObjectIdsReadBack) {
  const std::string hex = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
  const std::optional<ObjectId> id = ObjectId::from_hex(hex);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->bytes[0], 0xe6);
  EXPECT_EQ(id->hex(), hex);
  EXPECT_EQ(ObjectId::from_hex("E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391"), id);
  EXPECT_FALSE(id->is_zero());
  EXPECT_TRUE(ObjectId::from_hex(std::string(40, '0'))->is_zero());
  EXPECT_FALSE(ObjectId::from_hex(hex.substr(1)));
  EXPECT_FALSE(ObjectId::from_hex(hex + "0"));
  EXPECT_FALSE(ObjectId::from_hex("g" + hex.substr(1)));
}

TEST(Ids, ObjectIdsOfEitherHash) {
  const std::string hex = "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813";
  const std::optional<ObjectId> id = ObjectId::from_hex(hex);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->format, ObjectFormat::sha256);
  EXPECT_EQ(id->bytes[31], 0x13);
  EXPECT_EQ(id->hex(), hex);
  EXPECT_EQ(id->raw().size(), 32U);
  EXPECT_EQ(ObjectId::from_raw(id->raw(), ObjectFormat::sha256), id);
  EXPECT_FALSE(ObjectId::from_hex(hex.substr(1)));
  EXPECT_FALSE(ObjectId::from_hex(hex + "0"));
  const std::optional<ObjectId> beginning = ObjectId::from_hex(hex.substr(0, 40));
  EXPECT_NE(beginning, id) << "the same first bytes are not the same id";
  EXPECT_EQ(beginning->raw(), id->raw().substr(0, 20));
  const std::optional<ObjectId> none = ObjectId::from_hex(std::string(64, '0'));
  EXPECT_TRUE(none->is_zero());
  EXPECT_EQ(none, ObjectId{}) << "none is none in either";
  EXPECT_EQ(none->hex().size(), 64U);
}

TEST(Ids, RulesAreSpeltAsPoliciesSpellThem) {
  EXPECT_EQ(rule_name(Rule::protected_path), "protected");
  EXPECT_EQ(rule_name(Rule::scope), "scope");
  EXPECT_EQ(rule_name(Rule::unowned), "unowned");
  EXPECT_EQ(rule_name(Rule::lock), "lock");
  EXPECT_EQ(rule_name(Rule::outsider), "outsider");
  EXPECT_EQ(rule_name(Rule::policy), "policy");
  EXPECT_EQ(rule_name(Rule::layer), "layer");
  EXPECT_EQ(rule_name(Rule::import_conflict), "import-conflict");
  EXPECT_EQ(rule_name(Rule::branch_name), "branch-name");
}

TEST(Ids, OneBlockingFindingBlocks) {
  Verdict verdict;
  EXPECT_FALSE(verdict.blocks());
  verdict.findings.emplace_back().severity = Severity::warn;
  EXPECT_FALSE(verdict.blocks());
  verdict.findings.emplace_back().severity = Severity::block;
  EXPECT_TRUE(verdict.blocks());
}

}  // namespace
}  // namespace gs::core
