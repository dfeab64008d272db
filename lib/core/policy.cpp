#include "lib/core/policy.h"

namespace gs::core {

const StreamSpec* Policy::find_stream(const StreamId& id) const {
  for (const StreamSpec& stream : streams) {
    if (stream.id == id) return &stream;
  }
  return nullptr;
}

const StreamSpec* Policy::stream_of(const AgentId& id) const {
  for (const StreamSpec& stream : streams) {
    for (const AgentSpec& agent : stream.agents) {
      if (agent.id == id) return &stream;
    }
  }
  return nullptr;
}

const AgentSpec* Policy::find_agent(const AgentId& id) const {
  const StreamSpec* stream = stream_of(id);
  if (stream == nullptr) return nullptr;
  for (const AgentSpec& agent : stream->agents) {
    if (agent.id == id) return &agent;
  }
  return nullptr;
}

namespace {

// Whether `text` is what the naming rule makes of this stream: {slug} is any non-empty text.
bool follows_rule(std::string_view rule, std::string_view text, std::string_view stream) {
  constexpr std::string_view kStream = "{stream}", kSlug = "{slug}";
  while (!rule.empty()) {
    if (rule.starts_with(kStream)) {
      if (!text.starts_with(stream)) return false;
      text.remove_prefix(stream.size());
      rule.remove_prefix(kStream.size());
    } else if (rule.starts_with(kSlug)) {
      rule.remove_prefix(kSlug.size());
      for (std::size_t length = 1; length <= text.size(); ++length) {
        if (follows_rule(rule, text.substr(length), stream)) return true;
      }
      return false;
    } else if (text.empty() || text.front() != rule.front()) {
      return false;
    } else {
      text.remove_prefix(1);
      rule.remove_prefix(1);
    }
  }
  return text.empty();
}

}  // namespace

std::optional<StreamId> stream_of_branch(const Policy& policy, const BranchName& branch) {
  const StreamSpec* best = nullptr;
  for (const StreamSpec& stream : policy.streams) {
    if (best != nullptr && best->id.str().size() >= stream.id.str().size()) continue;
    if (follows_rule(policy.branch, branch.str(), stream.id.str())) best = &stream;
  }
  if (best == nullptr) return std::nullopt;
  return best->id;
}

}  // namespace gs::core
