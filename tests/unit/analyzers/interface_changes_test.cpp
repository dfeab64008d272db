#include "analyzers/interface_changes.h"

#include <gmock/gmock.h>

namespace gs::analyzers {
namespace {

using core::Definition;
using core::Interface;
using core::Parameter;
using core::ParameterKind;
using testing::ElementsAre;
using testing::IsEmpty;

Definition function(const std::string& name, const std::vector<std::string>& parameters = {}) {
  Definition definition;
  definition.kind = Definition::Kind::function;
  definition.name = name;
  definition.signature.emplace();
  for (const std::string& parameter : parameters)
    definition.signature->parameters.push_back({ParameterKind::positional, parameter, false, ""});
  return definition;
}

Interface with(std::vector<Definition> definitions) {
  Interface interface;
  interface.definitions = std::move(definitions);
  return interface;
}

InterfaceChanges change(Interface before, Interface after) {
  return interface_changes({{"m", std::move(before), std::move(after)}});
}

TEST(InterfaceChanges, NothingIsNothing) {
  EXPECT_THAT(interface_changes({}).new_interfaces, IsEmpty());
  EXPECT_THAT(interface_changes({{"m", {}, {}}}).breaking_changes, IsEmpty());
  EXPECT_THAT(change(with({}), with({})).breaking_changes, IsEmpty());
}

TEST(InterfaceChanges, WhatMayStillBeThereIsNotClaimedToBeRemoved) {
  const Interface before = with({function("f"), function("g", {"a"})});
  const auto breaking = [&](const std::function<void(Interface&)>& make) {
    Interface after = with({function("g")});
    make(after);
    return change(before, after).breaking_changes;
  };
  EXPECT_THAT(breaking([](Interface&) {}), ElementsAre("f() removed", "g() signature changed"));
  EXPECT_THAT(breaking([](Interface& after) {
                after.stars.push_back({1, ""});
              }),
              ElementsAre("g() signature changed"));
  EXPECT_THAT(breaking([](Interface& after) { after.has_getattr = true; }),
              ElementsAre("g() signature changed"));
  EXPECT_THAT(breaking([](Interface& after) { after.dynamic = true; }),
              ElementsAre("g() signature changed"));
  EXPECT_THAT(breaking([](Interface& after) {
                after.partials.push_back({core::Trouble::syntax, 3});
              }),
              IsEmpty());
}

TEST(InterfaceChanges, WhatAPartlyReadModuleHadIsNotNew) {
  Interface before = with({});
  before.partials.push_back({core::Trouble::syntax, 1});
  EXPECT_THAT(change(before, with({function("f")})).new_interfaces, IsEmpty());
}

TEST(InterfaceChanges, AComputedAllSaysNothing) {
  Interface before = with({function("f"), function("_p")}), after = with({function("h", {"a"})});
  before.all = after.all = std::vector<std::string>{"_p"};
  before.all_unclear = after.all_unclear = true;
  EXPECT_THAT(change(before, after).breaking_changes, ElementsAre("f() removed"));
  EXPECT_THAT(change(before, after).new_interfaces, ElementsAre("h()"));
}

TEST(InterfaceChanges, ModulesAreSortedAndNamesStandInTheirOrder) {
  const InterfaceChanges changes =
      interface_changes({{"b", Interface{}, with({function("z"), function("a")})},
                         {"a", Interface{}, with({function("y"), function("b")})}});
  EXPECT_THAT(changes.new_interfaces, ElementsAre("y()", "b()", "z()", "a()"));
}

TEST(InterfaceChanges, AClassThatComesFromItself) {
  Definition loop;
  loop.kind = Definition::Kind::class_;
  loop.name = "Loop";
  loop.bases = {"Loop"};
  Definition before = loop;
  before.members = {function("m", {"self"})};
  EXPECT_THAT(change(with({before}), with({loop})).breaking_changes, IsEmpty());
}

}  // namespace
}  // namespace gs::analyzers
