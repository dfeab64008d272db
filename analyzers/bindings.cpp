#include "analyzers/bindings.h"

#include "lib/core/import_facts.h"

namespace gs::analyzers {

using core::ImportKind;

Bindings bindings_of(const python::ModuleMap& modules, std::string_view path,
                     std::string_view facts) {
  const bool is_package = path.ends_with("__init__.py") || path.ends_with("__init__.pyi");
  const std::string own = modules.module_of(path);
  const std::string_view package =
      is_package ? std::string_view(own)
                 : std::string_view(own).substr(0, own.rfind('.') == own.npos ? 0 : own.rfind('.'));
  Bindings bindings;
  const auto bind = [&](std::string_view word, Bound bound) {
    const auto [at, fresh] = bindings.try_emplace(std::string(word), bound);
    const Bound& old = at->second;
    const bool same = old.module == bound.module && old.name == bound.name;
    if (!fresh) at->second.plain = same && old.plain && bound.plain;
  };
  core::ImportReader reader(facts);
  core::Import import;
  while (reader.next(import)) {
    const bool plain = !import.guarded && !import.type_checking;
    std::string module(import.module);
    if (import.level > 0) {
      const auto base = python::relative_base(package, import.level);
      if (!base) continue;
      module = std::string(*base) + (base->empty() || module.empty() ? "" : ".") + module;
    }
    if (import.kind == ImportKind::import) {
      const std::string top = module.substr(0, module.find('.'));
      import.alias.empty() ? bind(top, {top, {}, plain}) : bind(import.alias, {module, {}, plain});
    }
    for (const core::ImportedName& name : import.names) {
      if (import.kind != ImportKind::from) continue;
      bind(name.alias.empty() ? name.name : name.alias, {module, std::string(name.name), plain});
    }
  }
  return bindings;
}

}  // namespace gs::analyzers
