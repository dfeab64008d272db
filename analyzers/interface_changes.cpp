#include "analyzers/interface_changes.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>

#include "analyzers/definition_changes.h"

namespace gs::analyzers {

using core::Interface;
using Kind = core::Definition::Kind;

namespace {

struct ChangedModule {
  std::string name;
  const Interface* before;
  const Interface* after;
  Symbols old_symbols, new_symbols;
  std::vector<const Symbol*> gone, come;  // public ones
};

// A name that stands at its place in a module; `line` begins with `root`.
struct Told {
  std::string module;
  std::size_t place = 0;
  std::string root, line;
};

bool unreadable(const Interface* interface) {
  return interface != nullptr && !interface->partials.empty();
}

// What nobody imports from a module that has them for itself.
bool housekeeping(const Symbol& symbol) {
  constexpr std::array<std::string_view, 4> kNames{"log", "logger", "LOG", "LOGGER"};
  return symbol.kind() == Kind::variable &&
         std::find(kNames.begin(), kNames.end(), symbol.name) != kNames.end();
}

// Names that a module imports are not its own, unless it says so.
bool is_public(const Interface& interface, const Symbol& symbol) {
  if (interface.all && !interface.all_unclear)
    return std::find(interface.all->begin(), interface.all->end(), symbol.name) !=
           interface.all->end();
  return !is_private(symbol.name) && symbol.kind() != Kind::import && !housekeeping(symbol);
}

// Of new variables those that are written like constants or types.
bool is_offered(const Interface& interface, const Symbol& symbol) {
  if (!is_public(interface, symbol) || symbol.kind() == Kind::import) return false;
  const bool named = interface.all && !interface.all_unclear;
  return named || symbol.kind() != Kind::variable ||
         (symbol.name.front() >= 'A' && symbol.name.front() <= 'Z');
}

// Another module may have what this one does not define any more: then callers need not care.
bool may_still_bind(const ChangedModule& module, const Symbol& symbol) {
  return module.after != nullptr && module.after->binds(symbol.name) != Interface::Answer::no;
}

ChangedModule look(const ModuleChange& change) {
  ChangedModule module{change.module, nullptr, nullptr, {}, {}, {}, {}};
  if (change.before) {
    module.before = &*change.before;
    module.old_symbols = Symbols(change.before->definitions);
  }
  if (change.after) {
    module.after = &*change.after;
    module.new_symbols = Symbols(change.after->definitions);
  }
  for (const Symbol& symbol : module.old_symbols.list()) {
    if (is_public(*module.before, symbol) && !may_still_bind(module, symbol))
      module.gone.push_back(&symbol);
  }
  for (const Symbol& symbol : module.new_symbols.list()) {
    const Symbol* was = module.old_symbols.find(symbol.name);
    const bool fresh =
        (was == nullptr || was->kind() == Kind::import) && !unreadable(module.before);
    if (fresh && is_offered(*module.after, symbol)) module.come.push_back(&symbol);
  }
  return module;
}

class Work {
 public:
  explicit Work(const std::vector<ModuleChange>& changes) {
    for (const ModuleChange& change : changes) modules_.push_back(look(change));
    std::sort(modules_.begin(), modules_.end(),
              [](const ChangedModule& a, const ChangedModule& b) { return a.name < b.name; });
  }

  ChangesByModule run() {
    find_moves();
    for (ChangedModule& module : modules_) {
      if (!unreadable(module.before) && !unreadable(module.after)) compare_same(module);
      tell_gone(module);
    }
    for (const ChangedModule& module : modules_) {
      for (const Symbol* symbol : module.come)
        add(added_, module, module.new_symbols, *symbol, spoken(*symbol, symbol->name));
    }
    const std::set<std::string> doubles = names_in_several_modules();
    ChangesByModule changes;
    for (Told& told : sorted(added_, doubles, {}))
      changes[told.module].new_interfaces.push_back(std::move(told.line));
    for (Told& told : sorted(breaking_, doubles, moved_))
      changes[told.module].breaking_changes.push_back(std::move(told.line));
    return changes;
  }

 private:
  struct Where {
    ChangedModule* module;
    const Symbol* symbol;
  };
  using ByName = std::map<std::pair<Kind, std::string>, std::vector<Where>>;

  static void add(std::vector<Told>& list, const ChangedModule& module, const Symbols& symbols,
                  const Symbol& symbol, std::string line) {
    const auto place = static_cast<std::size_t>(&symbol - symbols.list().data());
    list.push_back({module.name, place, symbol.name, std::move(line)});
  }

  void compare(const ChangedModule& from, const Symbol& before, const ChangedModule& to,
               const Symbol& after) {
    DefinitionChanges changes =
        definition_changes(before, after, before.name, {from.old_symbols, to.new_symbols});
    for (std::string& line : changes.breaking) {
      if (&from == &to)
        add(breaking_, from, from.old_symbols, before, std::move(line));
      else
        add(breaking_, to, to.new_symbols, after, std::move(line));
    }
    for (std::string& line : changes.added) add(added_, to, to.new_symbols, after, std::move(line));
  }

  // What the module defines, or has from where it defines it no more: see find_moves.
  void compare_same(const ChangedModule& module) {
    for (const Symbol& before : module.old_symbols.list()) {
      const Symbol* after = module.new_symbols.find(before.name);
      if (after != nullptr && after->kind() != Kind::import && before.kind() != Kind::import &&
          is_public(*module.before, before))
        compare(module, before, module, *after);
    }
  }

  // A name of the same kind, once defined here and now there: it has moved. Where the old module
  // has it from there, nobody need care but for what became of it on the way.
  void find_moves() {
    ByName come, left;
    for (ChangedModule& module : modules_) {
      for (const Symbol* symbol : module.come)
        come[{symbol->kind(), symbol->name}].push_back({&module, symbol});
      for (const Symbol& symbol : module.old_symbols.list()) {
        const Symbol* now = module.new_symbols.find(symbol.name);
        const bool defined = now != nullptr && now->kind() != Kind::import;
        if (!defined && symbol.kind() != Kind::import && is_public(*module.before, symbol))
          left[{symbol.kind(), symbol.name}].push_back({&module, &symbol});
      }
    }
    for (const auto& [key, from] : left) {
      const auto to = come.find(key);
      if (from.size() == 1 && to != come.end() && to->second.size() == 1)
        tell_move(from.front(), to->second.front());
    }
  }

  void tell_move(const Where& from, const Where& to) {
    const auto gone = std::find(from.module->gone.begin(), from.module->gone.end(), from.symbol);
    // An unreadable module may still hold it.
    if (gone == from.module->gone.end() && unreadable(from.module->after)) return;
    if (gone != from.module->gone.end()) {
      from.module->gone.erase(gone);
      std::string line = spoken(*from.symbol, from.symbol->name);
      line += " moved from " + from.module->name + " to " + to.module->name;
      add(moved_, *from.module, from.module->old_symbols, *from.symbol, std::move(line));
    }
    std::erase(to.module->come, to.symbol);
    if (!unreadable(from.module->before) && !unreadable(to.module->after))
      compare(*from.module, *from.symbol, *to.module, *to.symbol);
  }

  void tell_gone(ChangedModule& module) {
    const auto defined = [&](const Symbol& symbol) { return is_public(*module.before, symbol); };
    const auto& old = module.old_symbols.list();
    const auto all = static_cast<std::size_t>(std::count_if(old.begin(), old.end(), defined));
    if (module.after == nullptr && all > 1 && module.gone.size() == all) {
      moved_.push_back({module.name, 0, module.name, "module " + module.name + " removed"});
      return;
    }
    const std::vector<Renamed> pairs = renames(module.gone, module.come, false);
    for (const Symbol* symbol : module.gone) {
      const auto pair = std::find_if(pairs.begin(), pairs.end(),
                                     [&](const Renamed& one) { return one.from == symbol; });
      std::string line = spoken(*symbol, symbol->name);
      line += pair == pairs.end() ? " removed" : " renamed to " + spoken(*pair->to, pair->to->name);
      add(breaking_, module, module.old_symbols, *symbol, std::move(line));
    }
    for (const Renamed& pair : pairs) std::erase(module.come, pair.to);
  }

  std::set<std::string> names_in_several_modules() const {
    std::map<std::string, std::set<std::string>> modules;
    for (const auto* list : {&added_, &breaking_}) {
      for (const Told& told : *list) modules[told.root].insert(told.module);
    }
    std::set<std::string> doubles;
    for (const auto& [name, where] : modules) {
      if (where.size() > 1) doubles.insert(name);
    }
    return doubles;
  }

  // Moves name their modules already.
  static std::vector<Told> sorted(std::vector<Told> list, const std::set<std::string>& doubles,
                                  const std::vector<Told>& moved) {
    for (Told& told : list) {
      if (doubles.contains(told.root)) told.line.insert(0, told.module + '.');
    }
    list.insert(list.begin(), moved.begin(), moved.end());
    std::stable_sort(list.begin(), list.end(), [](const Told& a, const Told& b) {
      return std::tie(a.module, a.place) < std::tie(b.module, b.place);
    });
    return list;
  }

  std::vector<ChangedModule> modules_;
  std::vector<Told> added_, breaking_, moved_;
};

}  // namespace

ChangesByModule changes_by_module(const std::vector<ModuleChange>& modules) {
  return Work(modules).run();
}

InterfaceChanges interface_changes(const std::vector<ModuleChange>& modules) {
  InterfaceChanges whole;
  for (auto& [module, changes] : changes_by_module(modules)) {
    std::move(changes.new_interfaces.begin(), changes.new_interfaces.end(),
              std::back_inserter(whole.new_interfaces));
    std::move(changes.breaking_changes.begin(), changes.breaking_changes.end(),
              std::back_inserter(whole.breaking_changes));
  }
  return whole;
}

}  // namespace gs::analyzers
