#include <gtest/gtest.h>

#include "analyzers/broken_references.h"
#include "lib/python/interface/calls.h"
#include "lib/python/interface/interface.h"

namespace gs::analyzers {
namespace {

// The fault of "f(…)" against "def f(…): …"; "" when the call is fine.
std::string fault(const std::string& parameters, const std::string& arguments) {
  const core::Interface interface = python::interface_of("def f(" + parameters + "): pass\n");
  const auto calls = python::calls_of("from m import f\nf(" + arguments + ")\n").value().list;
  if (interface.definitions.size() != 1 || calls.size() != 1) return "no call";
  return call_fault(interface.definitions[0].signature->parameters, calls[0]).value_or("");
}

TEST(CallFault, IsNoneWhereTheCallFits) {
  EXPECT_EQ(fault("", ""), "");
  EXPECT_EQ(fault("a, b=1", "1"), "");
  EXPECT_EQ(fault("a, b=1", "b=2, a=1"), "");
  EXPECT_EQ(fault("a, /, b", "1, b=2"), "");
  EXPECT_EQ(fault("a, *, k", "1, k=2"), "");
  EXPECT_EQ(fault("*args, **more", "1, 2, 3, x=4"), "");
  EXPECT_EQ(fault("a, /, **more", "1, a=2"), "");
  EXPECT_EQ(fault("rows", "x for x in y"), "");
}

TEST(CallFault, CountsPositionalArguments) {
  EXPECT_EQ(fault("a", "1, 2"), "takes 1 positional argument, is given 2");
  EXPECT_EQ(fault("", "1"), "takes 0 positional arguments, is given 1");
  EXPECT_EQ(fault("a, *, k=1", "1, 2"), "takes 1 positional argument, is given 2");
}

TEST(CallFault, KnowsNames) {
  EXPECT_EQ(fault("a", "1, k=2"), "has no argument 'k'");
  EXPECT_EQ(fault("a, /", "a=1"), "has no argument 'a'");
  EXPECT_EQ(fault("a, b", "1, a=2"), "argument 'a' is given twice");
  EXPECT_EQ(fault("a, b", "1"), "argument 'b' is missing");
  EXPECT_EQ(fault("a, *, k", "1"), "argument 'k' is missing");
}

TEST(CallFault, SaysNothingOfWhatIsSpread) {
  EXPECT_EQ(fault("a, b", "*rest"), "");
  EXPECT_EQ(fault("a", "1, 2, **more"), "");
}

}  // namespace
}  // namespace gs::analyzers
