#include "lib/core/interface.h"

#include <gtest/gtest.h>

namespace {

using gs::core::Definition;
using gs::core::Interface;
using gs::core::ParameterKind;
using gs::core::serialize;
using gs::core::Signature;
using gs::core::thaw_interface;
using gs::core::Trouble;
using Answer = Interface::Answer;

Definition named(std::string name, Definition::Kind kind = Definition::Kind::variable) {
  Definition definition;
  definition.kind = kind;
  definition.name = std::move(name);
  return definition;
}

Interface rich() {
  Definition method = named("méthode", Definition::Kind::function);
  method.line = 300;
  method.decorators = {"property", "a.b"};
  method.signature = Signature{{{ParameterKind::positional_only, "self", false, ""},
                                {ParameterKind::var_keyword, "kw", true, "dict[str, int]"}},
                               "None",
                               true};
  Definition type = named("C", Definition::Kind::class_);
  type.bases = {"Base", "Generic[T]"};
  type.members = {method, named("attribute")};
  type.conditional = true;
  Interface interface;
  interface.definitions = {type, named("sys", Definition::Kind::import)};
  interface.all = {"C", ""};
  interface.stars = {{2, "a.b"}, {0, ""}};
  interface.partials = {{Trouble::too_large, UINT32_MAX}};
  interface.dynamic = true;
  return interface;
}

Interface nested(std::size_t depth) {
  Interface interface;
  Definition inner = named("C", Definition::Kind::class_);
  for (std::size_t i = 0; i < depth; ++i) {
    Definition outer = named("C", Definition::Kind::class_);
    outer.members.push_back(std::move(inner));
    inner = std::move(outer);
  }
  interface.definitions.push_back(std::move(inner));
  return interface;
}

TEST(Interface, ThawsWhatWasFrozen) {
  EXPECT_EQ(thaw_interface(serialize(Interface{})), Interface{});
  EXPECT_EQ(thaw_interface(serialize(rich())), rich());
  EXPECT_LT(serialize(rich()).size(), 150U);
}

TEST(Interface, TellsInterfacesApart) {
  const auto differs = [](auto&& change) {
    Interface other = rich();
    change(other);
    return !(other == rich()) && thaw_interface(serialize(other)) == other;
  };
  EXPECT_TRUE(differs([](Interface& i) { i.all.reset(); }));
  EXPECT_TRUE(differs([](Interface& i) { i.all->clear(); }));
  EXPECT_TRUE(differs([](Interface& i) { i.all_unclear = true; }));
  EXPECT_TRUE(differs([](Interface& i) { i.has_getattr = true; }));
  EXPECT_TRUE(differs([](Interface& i) { i.dynamic = false; }));
  EXPECT_TRUE(differs([](Interface& i) { i.stars[0].level = 1; }));
  EXPECT_TRUE(differs([](Interface& i) { i.partials[0].line = 1; }));
  EXPECT_TRUE(differs([](Interface& i) { i.partials[0].trouble = Trouble::syntax; }));
  EXPECT_TRUE(differs([](Interface& i) { i.definitions[1].kind = Definition::Kind::variable; }));
  EXPECT_TRUE(differs([](Interface& i) {
    i.definitions[0].members[0].signature->parameters[0].annotation = "int";
  }));
}

TEST(Interface, ThawsNothingElse) {
  const std::string frozen = serialize(rich());
  for (std::size_t i = 0; i < frozen.size(); ++i) {
    EXPECT_EQ(thaw_interface(frozen.substr(0, i)), std::nullopt) << i;
  }
  EXPECT_EQ(thaw_interface(frozen + '\0'), std::nullopt);
  EXPECT_EQ(thaw_interface(""), std::nullopt);
  // A count of two billion, and a number with a digit too many.
  EXPECT_EQ(thaw_interface(std::string_view("\xff\xff\xff\xff\x07", 5)), std::nullopt);
  EXPECT_EQ(thaw_interface(std::string_view("\x80\x00\x00\x00\x00\x00\x00\x00", 8)), std::nullopt);
}

TEST(Interface, NestsNoDeeperThanPython) {
  const Interface deepest = nested(gs::core::kDeepestNesting);
  EXPECT_EQ(thaw_interface(serialize(deepest)), deepest);
  EXPECT_EQ(thaw_interface(serialize(nested(gs::core::kDeepestNesting + 1))), std::nullopt);
}

TEST(Interface, FindsTheLastOfAName) {
  Interface interface;
  interface.definitions = {named("f"), named("f", Definition::Kind::function), named("g")};
  ASSERT_TRUE(interface.find("f"));
  EXPECT_EQ(interface.find("f")->kind, Definition::Kind::function);
  EXPECT_EQ(interface.find("h"), nullptr);
}

TEST(Interface, AnswersOnlyWhatItKnows) {
  Interface interface;
  interface.definitions = {named("f")};
  EXPECT_EQ(interface.binds("f"), Answer::yes);
  EXPECT_EQ(interface.binds("__doc__"), Answer::yes);
  EXPECT_EQ(interface.binds("h"), Answer::no);
  const auto unclear = [&](auto&& change) {
    Interface other = interface;
    change(other);
    return other.binds("h") == Answer::unclear && other.binds("f") == Answer::yes;
  };
  EXPECT_TRUE(unclear([](Interface& i) { i.stars.push_back({0, "m"}); }));
  EXPECT_TRUE(unclear([](Interface& i) { i.has_getattr = true; }));
  EXPECT_TRUE(unclear([](Interface& i) { i.dynamic = true; }));
  EXPECT_TRUE(unclear([](Interface& i) { i.partials.push_back({Trouble::syntax, 1}); }));
}

}  // namespace
