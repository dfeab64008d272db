#pragma once
// Calls of what other modules define that cannot work in a tree: the function, class or method is
// gone, or takes other arguments. Only what imports alone decide.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/python/modules.h"
#include "analyzers/offered_names.h"
#include "lib/core/call.h"
#include "lib/core/interface.h"
#include "lib/core/source_tree.h"

namespace gs::analyzers {

struct BrokenCall {
  core::Call call;
  std::string target;  // what is called, by where it is defined: "models.risk.RiskManager.validate"
  std::string module;  // "models.risk"
  std::string path;    // its file
  std::uint32_t line = 0;  // of the definition; 0: it is gone
  std::string fault;       // "argument 'limit' is missing", "is not there"
  bool certain = true;     // no: it stands in an `if`, or its class has bases that nobody knows

  // Whether it is the same trouble, wherever it stands in its file.
  bool same_as(const BrokenCall& other) const;
};

// A tree as its calls are looked at; what it refers to must outlive it. `facts_of` of a blob: for
// core::ImportReader, alive as long as this is used.
struct CalledTree {
  core::SourceTree& tree;
  python::ModuleMap& modules;
  OfferedNames& offered;
  std::function<const core::Interface&(const core::ObjectId& blob)> interface_of;
  std::function<std::string_view(const core::ObjectId& blob)> facts_of;
};

// Which modules a call may lead to: whether it is worth the look. Empty: all.
using Interesting = std::function<bool(std::string_view module)>;

// Of these calls in the file, whose import facts are given, those that cannot work. Nothing of
// guarded calls and imports, of names imported more than once, of decorated functions and classes,
// of values that are no function or class of a module.
std::vector<BrokenCall> broken_calls(const CalledTree& tree, std::string_view path,
                                     std::string_view facts, const std::vector<core::Call>& calls,
                                     const Interesting& interesting = {});

}  // namespace gs::analyzers
