#include "lib/policy/policy_cache.h"

#include "lib/core/serialize.h"

namespace gs::core {

template <>
inline constexpr std::uint64_t kValues<Parallel> = 3;
template <>
inline constexpr std::uint64_t kValues<Action> = 3;
template <>
inline constexpr std::uint64_t kValues<Unowned> = 3;
template <>
inline constexpr std::uint64_t kValues<Outsider> = 3;
template <>
inline constexpr std::uint64_t kValues<Bypass> = 2;
template <>
inline constexpr std::uint64_t kValues<ValidateMode> = 3;
template <>
inline constexpr std::uint64_t kValues<Worktrees> = 2;
template <>
inline constexpr std::uint64_t kValues<Store> = 3;

// An agent's id has no empty state.
template <>
AgentId blank() {
  return *AgentId::parse("none");
}
template <>
AgentSpec blank() {
  return {blank<AgentId>(), {}, {}, {}, {}};
}

static void each(Encoder& encoder, const AgentId& id) {
  encoder(id.short_name());
}
static void each(Decoder& decoder, AgentId& id) {
  std::string text;
  decoder(text);
  const std::optional<AgentId> read = AgentId::parse(text);
  if (!read || read->short_name() != text) return decoder.fail();
  id = *read;
}
template <class Tag>
static void each(Encoder& encoder, const Name<Tag>& name) {
  encoder(name.str());
}
template <class Tag>
static void each(Decoder& decoder, Name<Tag>& name) {
  std::string text;
  decoder(text);
  name = Name<Tag>(std::move(text));
}

// Each struct's fields once, for both ways.
static void each(auto& visit, Is<AgentSpec> auto& agent) {
  visit(agent.id, agent.scope, agent.files, agent.after, agent.pushers);
}
static void each(auto& visit, Is<StreamSpec> auto& stream) {
  visit(stream.id, stream.name, stream.parallel, stream.depends_on, stream.agents);
}
static void each(auto& visit, Is<Layer> auto& layer) {
  visit(layer.name, layer.modules, layer.independent);
}
static void each(auto& visit, Is<Rules> auto& rules) {
  visit(rules.scope, rules.lock, rules.layer, rules.import_conflict, rules.branch_name,
        rules.unowned, rules.outsider, rules.bypass);
}
static void each(auto& visit, Is<Coordination> auto& coordination) {
  visit(coordination.store, coordination.remote, coordination.stale, coordination.endpoints,
        coordination.prefix);
}
static void each(auto& visit, Is<ValidateStep> auto& step) {
  visit(step.name, step.run, step.timeout);
}
static void each(auto& visit, Is<AgentTool> auto& tool) {
  visit(tool.name, tool.paths);
}
static void each(auto& visit, Is<TaskSpec> auto& task) {
  visit(task.title, task.priority, task.status, task.stream, task.agent, task.tenths_of_days);
}
static void each(auto& visit, Is<Policy> auto& policy) {
  visit(policy.version, policy.integration_branch, policy.branch, policy.worktree, policy.worktrees,
        policy.state_dir, policy.streams, policy.shared, policy.protect, policy.layers,
        policy.python_roots, policy.python_ignore, policy.lock_ttl, policy.lock_max_ttl,
        policy.lock_auto, policy.coordination, policy.rules, policy.trailers, policy.validate,
        policy.validate_given, policy.validate_mode, policy.agent_command, policy.agent_hooks,
        policy.agent_tools, policy.tasks);
}

}  // namespace gs::core

namespace gs::policy {

namespace {

constexpr std::string_view kMagic = "gspolicy";
// To be raised with any change of core::Policy or the codec within one version of the program.
constexpr std::string_view kFormat = "10 of git-stream " GS_VERSION;

std::string number(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

}  // namespace

std::string serialize(const core::Policy& policy, std::string_view key) {
  const std::string bytes = encode(policy);
  return std::string(kMagic) + number(checksum(kFormat)) + number(checksum(bytes) ^ checksum(key)) +
         bytes;
}

std::optional<core::Policy> deserialize(std::string_view bytes, std::string_view key) {
  constexpr std::size_t kHead = 24;
  if (bytes.size() < kHead || !bytes.starts_with(kMagic)) return std::nullopt;
  const std::string_view body = bytes.substr(kHead);
  if (bytes.substr(8, 8) != number(checksum(kFormat))) return std::nullopt;
  if (bytes.substr(16, 8) != number(checksum(body) ^ checksum(key))) return std::nullopt;
  return decode(body);
}

std::string encode(const core::Policy& policy) {
  return core::serialized(policy);
}

std::optional<core::Policy> decode(std::string_view bytes) {
  return core::deserialized<core::Policy>(bytes);
}

std::uint64_t checksum(std::string_view bytes) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto byte = [&](std::size_t i) {
    return std::uint64_t{static_cast<unsigned char>(bytes[i])};
  };
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i) word |= byte(i) << (8 * i);
    hash = (hash ^ word) * kPrime;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) hash = (hash ^ byte(i)) * kPrime;
  return hash;
}

}  // namespace gs::policy
