#include "lib/core/name_facts.h"

#include "lib/core/serialize.h"

namespace gs::core {

template <>
inline constexpr std::uint64_t kValues<UnboundName::Doubt> =
    static_cast<std::uint64_t>(UnboundName::Doubt::deleted) + 1;

static void each(auto& visit, Is<UnboundName> auto& name) {
  visit(name.name, name.scope, name.line, name.doubt);
}
static void each(auto& visit, Is<NameFacts> auto& facts) {
  visit(facts.unbound);
}

std::string serialize(const NameFacts& facts) {
  Encoder encoder;
  encoder(facts);
  return encoder.take();
}

std::optional<NameFacts> thaw_names(std::string_view bytes) {
  Decoder decoder(bytes);
  NameFacts facts;
  decoder(facts);
  if (!decoder.complete()) return std::nullopt;
  return facts;
}

}  // namespace gs::core
