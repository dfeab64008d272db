#include "lib/policy/policy_codec.h"

#include <concepts>
#include <type_traits>
#include <vector>

namespace gs::policy {

namespace {

using core::AgentId;
using core::AgentSpec;

constexpr std::size_t kNumber = 4;

// Each struct's fields once, for both ways. AgentSpec: without the id, which has no empty state.
template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

void each(auto& visit, Is<AgentSpec> auto& agent) {
  visit(agent.scope, agent.files, agent.after);
}
void each(auto& visit, Is<core::StreamSpec> auto& stream) {
  visit(stream.id, stream.name, stream.parallel, stream.depends_on, stream.agents);
}
void each(auto& visit, Is<core::Layer> auto& layer) {
  visit(layer.name, layer.modules, layer.independent);
}
void each(auto& visit, Is<core::Rules> auto& rules) {
  visit(rules.scope, rules.lock, rules.layer, rules.import_conflict, rules.branch_name,
        rules.unowned, rules.outsider, rules.bypass);
}
void each(auto& visit, Is<core::ValidateStep> auto& step) {
  visit(step.name, step.run, step.timeout);
}
void each(auto& visit, Is<core::TaskSpec> auto& task) {
  visit(task.title, task.priority, task.status, task.stream, task.agent);
}
void each(auto& visit, Is<core::Policy> auto& policy) {
  visit(policy.version, policy.integration_branch, policy.branch, policy.worktree, policy.state_dir,
        policy.streams, policy.shared, policy.protect, policy.layers, policy.python_roots,
        policy.python_ignore, policy.lock_ttl, policy.lock_auto, policy.rules, policy.trailers,
        policy.validate, policy.validate_given, policy.validate_mode, policy.agent_command,
        policy.agent_hooks, policy.tasks);
}

// How many values an enumeration has.
template <class E>
constexpr std::uint32_t kValues = 3;
template <>
constexpr std::uint32_t kValues<core::Bypass> = 2;

class Encoder {
 public:
  void operator()(const auto&... fields) { (put(fields), ...); }
  std::string take() { return std::move(out_); }

 private:
  void number(std::uint64_t value) {
    for (std::size_t i = 0; i < kNumber; ++i) out_ += static_cast<char>(value >> (8 * i));
  }

  void put(bool yes) { number(yes ? 1 : 0); }
  void put(int value) { number(static_cast<std::uint64_t>(value)); }
  void put(core::Seconds length) { number(static_cast<std::uint64_t>(length.count())); }
  void put(const std::string& text) {
    number(text.size());
    out_ += text;
  }
  void put(const AgentId& id) { put(id.short_name()); }
  void put(const AgentSpec& agent) {
    put(agent.id);
    each(*this, agent);
  }
  template <class Tag>
  void put(const core::Name<Tag>& name) {
    put(name.str());
  }
  template <class T>
  void put(const std::optional<T>& given) {
    put(given.has_value());
    if (given) put(*given);
  }
  template <class T>
  void put(const std::vector<T>& list) {
    number(list.size());
    for (const T& item : list) put(item);
  }
  template <class T>
  void put(const T& field) {
    if constexpr (std::is_enum_v<T>) {
      number(static_cast<std::uint64_t>(field));
    } else {
      each(*this, field);
    }
  }

  std::string out_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  void operator()(auto&... fields) { (get(fields), ...); }
  bool complete() const { return good_ && rest_.empty(); }

 private:
  // A number up to `most`; otherwise, and at the end of the bytes, failure and 0.
  std::uint32_t number(std::uint64_t most) {
    std::uint32_t value = 0;
    good_ = good_ && rest_.size() >= kNumber;
    if (!good_) return 0;
    for (std::size_t i = 0; i < kNumber; ++i) {
      value |= std::uint32_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    }
    rest_.remove_prefix(kNumber);
    good_ = value <= most;
    return good_ ? value : 0;
  }

  void get(bool& yes) { yes = number(1) != 0; }
  void get(int& value) { value = static_cast<int>(number(INT32_MAX)); }
  void get(core::Seconds& length) { length = core::Seconds(number(UINT32_MAX)); }
  void get(std::string& text) {
    const std::uint32_t size = number(rest_.size());
    good_ = good_ && size <= rest_.size();
    if (!good_) return;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  template <class Tag>
  void get(core::Name<Tag>& name) {
    std::string text;
    get(text);
    name = core::Name<Tag>(std::move(text));
  }
  template <class T>
  void get(std::optional<T>& given) {
    bool there = false;
    get(there);
    if (there) given = made<T>();
  }
  template <class T>
  void get(std::vector<T>& list) {
    // An item takes a number at least, so no count can ask for memory that the bytes do not back.
    const std::uint32_t count = number(rest_.size() / kNumber);
    list.reserve(count);
    for (std::uint32_t i = 0; good_ && i < count; ++i) list.push_back(made<T>());
  }
  template <class T>
  void get(T& field) {
    if constexpr (std::is_enum_v<T>) {
      field = static_cast<T>(number(kValues<T> - 1));
    } else {
      each(*this, field);
    }
  }

  template <class T>
  T made() {
    if constexpr (std::same_as<T, AgentId>) {
      std::string text;
      get(text);
      const std::optional<AgentId> id = AgentId::parse(text);
      good_ = good_ && id && id->short_name() == text;
      return id ? *id : *AgentId::parse("none");
    } else if constexpr (std::same_as<T, AgentSpec>) {
      AgentSpec agent{made<AgentId>(), {}, {}, {}};
      each(*this, agent);
      return agent;
    } else {
      T value{};
      get(value);
      return value;
    }
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::string encode(const core::Policy& policy) {
  Encoder encoder;
  each(encoder, policy);
  return encoder.take();
}

std::optional<core::Policy> decode(std::string_view bytes) {
  Decoder decoder(bytes);
  core::Policy policy;
  each(decoder, policy);
  if (!decoder.complete()) return std::nullopt;
  return policy;
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
