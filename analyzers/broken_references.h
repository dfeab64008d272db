#pragma once
// Calls of what other modules define that cannot work in a tree: the function, class or method is
// gone, or takes other arguments. Only what imports alone decide.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/symbols.h"
#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/core/import_facts.h"
#include "lib/core/interface.h"
#include "lib/python/modules.h"

namespace gs::analyzers {

struct BrokenCall {
  core::Call call;
  std::string target;  // what is called, by where it is defined: "models.risk.RiskManager.validate"
  std::string module;  // "models.risk"
  std::string path;    // its file
  std::uint32_t line = 0;  // of the definition; 0: it is gone
  std::string fault;       // "argument 'limit' is missing", "is not there"
  bool certain = true;     // no: it stands in an `if`, or its class has bases that nobody knows
  // Of a call in a method: the name of the class for whose objects it fails, and the call's file.
  std::string object = {}, caller = {};

  // Whether it is the same trouble, wherever it stands in its file.
  bool same_as(const BrokenCall& other) const;
};

// A tree as its calls are looked at; what it refers to must outlive it. `facts_of` of a blob: for
// core::ImportReader, alive as long as this is used. `calls_of`: for method_faults.h alone.
struct CalledTree {
  core::SourceTree& tree;
  python::ModuleMap& modules;
  OfferedNames& offered;
  std::function<const core::Interface&(const core::ObjectId& blob)> interface_of;
  std::function<std::string_view(const core::ObjectId& blob)> facts_of;
  std::function<const core::Calls&(const core::ObjectId& blob)> calls_of = {};
};

// Which modules a call may lead to: whether it is worth the look. Empty: all.
using Interesting = std::function<bool(std::string_view module)>;

// Of these calls in the file, whose import facts are given, those that cannot work. Nothing of
// guarded calls and imports, of names imported more than once, of decorated functions and classes,
// of values that are no function or class of a module.
std::vector<BrokenCall> broken_calls(const CalledTree& tree, std::string_view path,
                                     std::string_view facts, const std::vector<core::Call>& calls,
                                     const Interesting& interesting = {});

// ---- Imports that lead nowhere in a tree: the module is gone or moved, or it binds the name no
// more.

struct BrokenImport {
  core::ImportEdge edge;  // as it was resolved in that tree
  std::string module;     // the one that is not there, or that has no `name`
  std::string name;       // empty: the module itself is missing
  std::string doubt;      // why it may be there all the same; empty: it is not
  std::size_t more = 0;   // imports of the module besides it that are as doubtful (told_once)

  // Whether importing it fails for certain, as the program runs.
  bool certain() const;
};

// Whether a top-level module was one of this repository's, though this tree does not have it.
using Ours = std::function<bool(std::string_view top)>;

// Of these imports (import_edges of the same modules) those that lead nowhere, in their order.
// Nothing of guarded ones, of modules that were never ours, of what leaves the top level, or of
// what is there when a folder above the importing file is a root of its own (a script's folder, a
// project within the repository).
std::vector<BrokenImport> broken_imports(OfferedNames& tree,
                                         const std::vector<core::ImportEdge>& edges,
                                         const Ours& ours);

// Without those that were broken in the same way: `before` are the same file's in the tree before;
// `there` are the same statements seen in that tree, against which a doubt alone is nothing new.
std::vector<BrokenImport> newly_broken(std::vector<BrokenImport> now,
                                       const std::vector<BrokenImport>& before,
                                       const std::vector<BrokenImport>& there);

// Every certain one, and of each module the first that is not.
std::vector<BrokenImport> told_once(std::vector<BrokenImport> broken);

// Rule `imports`; blocks when certain, warns otherwise.
core::Finding as_finding(const BrokenImport& broken);

// ---- Whether a call can be made at all: its arguments against a signature.

// What CPython would raise as TypeError, in few words: "argument 'limit' is missing", "takes 2
// positional arguments, is given 3", "has no argument 'k'", "argument 'a' is given twice". Nothing
// when the call is fine, or when `call.spread` leaves it open. `parameters` without a bound `self`.
std::optional<std::string> call_fault(const std::vector<core::Parameter>& parameters,
                                      const core::Call& call);

}  // namespace gs::analyzers
