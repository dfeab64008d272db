#pragma once
// What cannot work among the methods of classes whose bases are known: calls through `self`, `cls`
// and `super()`, methods that override others, abstract methods. Only what is certain: of an
// attribute that is also set somewhere, or of a decorated method, nothing is said.

#include <string>
#include <vector>

#include "analyzers/broken_references.h"
#include "analyzers/class_hierarchy.h"

namespace gs::analyzers {

// A class with a method that does not go with those of its bases.
struct ClassFault {
  std::string path;
  std::uint32_t line = 0;
  std::string module;  // of the base that it does not go with
  std::string text;    // "Child.run does not fit models.Base.run: argument 'b' is missing"

  // Whether it is the same trouble, wherever it stands in its file.
  bool same_as(const ClassFault& other) const { return text == other.text; }
};

// Of the calls in the methods of a file's classes, and in those methods of their bases that call
// what these classes override.
// `below`: the files in which a class may define what is missing above.
std::vector<BrokenCall> broken_method_calls(ClassHierarchy& classes, const std::string& path,
                                            const std::vector<std::string>& below);

// Of a file's classes: overriding methods that do not take what the overridden one must be given,
// and classes that do without a method that is abstract in a base.
std::vector<ClassFault> class_faults(ClassHierarchy& classes, const std::string& path);

}  // namespace gs::analyzers
