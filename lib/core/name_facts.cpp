#include "lib/core/name_facts.h"

#include "lib/core/serialize.h"

namespace gs::core {

template <>
inline constexpr std::uint64_t kValues<UnboundName::Doubt> =
    static_cast<std::uint64_t>(UnboundName::Doubt::deleted) + 1;

template <>
inline constexpr std::uint64_t kValues<Repeat::What> =
    static_cast<std::uint64_t>(Repeat::What::parameter) + 1;

static void each(auto& visit, Is<UnboundName> auto& name) {
  visit(name.name, name.scope, name.line, name.doubt);
}
static void each(auto& visit, Is<Repeat> auto& repeat) {
  visit(repeat.what, repeat.name, repeat.line, repeat.again, repeat.alike);
}
static void each(auto& visit, Is<NameFacts> auto& facts) {
  visit(facts.unbound, facts.repeated);
}

std::string serialize(const NameFacts& facts) {
  return serialized(facts);
}

std::optional<NameFacts> thaw_names(std::string_view bytes) {
  return deserialized<NameFacts>(bytes);
}

}  // namespace gs::core
