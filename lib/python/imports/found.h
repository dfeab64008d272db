#pragma once
// What has been found so far, and where in the program it stands.

#include <cstdint>
#include <string>
#include <vector>

#include "lib/core/import_facts.h"

namespace gs::python {

// What holds at a statement. Numbers are those of Found; 0 is the module, and no try.
struct Context {
  std::uint32_t scope = 0;
  std::uint32_t guard = 0;  // the innermost try whose body this is
  bool type_checking = false;
};

struct Scope {
  core::ImportScope kind = core::ImportScope::module;
  std::uint32_t outer = 0;
};

class Found {
 public:
  void add(const core::Import& import, const Context& context);
  void report(core::Trouble trouble, std::uint32_t line);

  std::uint32_t open_scope(core::ImportScope kind, std::uint32_t outer);
  const Scope& scope(std::uint32_t number) const { return scopes_[number]; }

  std::uint32_t open_try(std::uint32_t outer);
  void guard(std::uint32_t number) { tries_[number].guards = true; }

  // The bytes of all facts. Nothing is left.
  std::string take();

 private:
  struct Entry {
    core::Import import;  // without its names
    std::size_t first_name, names;
    std::uint32_t guard;
  };
  struct Try {
    std::uint32_t outer;
    bool guards;
  };

  std::vector<Entry> imports_;
  std::vector<core::ImportedName> names_;
  std::vector<core::Partial> partials_;
  std::vector<Scope> scopes_{Scope{}};
  std::vector<Try> tries_{Try{0, false}};
};

}  // namespace gs::python
