// Interfaces and calls as bytes.

#include "lib/core/call.h"
#include "lib/core/decoder.h"
#include "lib/core/encoder.h"
#include "lib/core/interface.h"

namespace gs::core {

template <>
inline constexpr std::uint64_t kValues<ParameterKind> = 5;
template <>
inline constexpr std::uint64_t kValues<Definition::Kind> = 4;
template <>
inline constexpr std::uint64_t kValues<Trouble> = static_cast<std::uint64_t>(Trouble::too_large) +
                                                  1;
template <>
inline constexpr std::size_t kMostNested<Definition> = kDeepestNesting + 1;

// Each struct's fields once, for both ways.
static void each(auto& visit, Is<Parameter> auto& parameter) {
  visit(parameter.kind, parameter.has_default, parameter.name, parameter.annotation);
}
static void each(auto& visit, Is<Signature> auto& signature) {
  visit(signature.async, signature.parameters, signature.returns);
}
static void each(auto& visit, Is<StarImport> auto& star) {
  visit(star.level, star.module);
}
static void each(auto& visit, Is<Partial> auto& partial) {
  visit(partial.trouble, partial.line);
}
static void each(auto& visit, Is<Definition> auto& definition) {
  visit(definition.kind, definition.conditional, definition.name, definition.line,
        definition.signature, definition.decorators, definition.bases, definition.members);
}
static void each(auto& visit, Is<Interface> auto& interface) {
  visit(interface.definitions, interface.all, interface.all_unclear, interface.stars,
        interface.has_getattr, interface.dynamic, interface.partials);
}
static void each(auto& visit, Is<Call> auto& call) {
  visit(call.name, call.line, call.positional, call.keywords, call.spread, call.guarded);
}

std::string freeze(const Interface& interface) {
  Encoder encoder;
  each(encoder, interface);
  return encoder.take();
}

std::optional<Interface> thaw_interface(std::string_view bytes) {
  Decoder decoder(bytes);
  Interface interface;
  each(decoder, interface);
  if (!decoder.complete()) return std::nullopt;
  return interface;
}

std::string freeze(const std::vector<Call>& calls) {
  Encoder encoder;
  encoder(calls);
  return encoder.take();
}

std::optional<std::vector<Call>> thaw_calls(std::string_view bytes) {
  Decoder decoder(bytes);
  std::vector<Call> calls;
  decoder(calls);
  if (!decoder.complete()) return std::nullopt;
  return calls;
}

}  // namespace gs::core
