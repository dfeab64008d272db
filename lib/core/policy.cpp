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

constexpr std::string_view kStream = "{stream}", kSlug = "{slug}";

// Whether `text` is what the naming rule makes of this stream: {slug} is any non-empty text. Only
// the last slug is ever made longer: where it begins first, it reaches all that an older one could.
bool follows_rule(std::string_view rule, std::string_view text, std::string_view stream) {
  bool slug = false;
  std::string_view rule_after_slug, text_after_slug;
  while (true) {
    if (rule.empty() && text.empty()) return true;
    const bool name = rule.starts_with(kStream);
    const std::string_view fixed = name ? stream : rule.substr(0, 1);
    if (rule.starts_with(kSlug) && !text.empty()) {
      slug = true;
      rule_after_slug = rule = rule.substr(kSlug.size());
      text_after_slug = text = text.substr(1);
    } else if (!rule.empty() && !rule.starts_with(kSlug) && text.starts_with(fixed)) {
      rule.remove_prefix(name ? kStream.size() : 1);
      text.remove_prefix(fixed.size());
    } else if (slug && !text_after_slug.empty()) {
      text_after_slug.remove_prefix(1);
      text = text_after_slug;
      rule = rule_after_slug;
    } else {
      return false;
    }
  }
}

}  // namespace

std::optional<StreamId> stream_of_branch(const Policy& policy, const BranchName& branch) {
  if (policy.branch.find(kStream) == std::string::npos) return std::nullopt;  // it tells none apart
  const StreamSpec* best = nullptr;
  for (const StreamSpec& stream : policy.streams) {
    if (best != nullptr && best->id.str().size() >= stream.id.str().size()) continue;
    if (follows_rule(policy.branch, branch.str(), stream.id.str())) best = &stream;
  }
  if (best == nullptr) return std::nullopt;
  return best->id;
}

}  // namespace gs::core
