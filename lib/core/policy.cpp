#include "lib/core/policy.h"

#include <span>

#include "lib/core/path_form.h"
#include "lib/core/text.h"

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

const StreamSpec* Policy::stream_of_name(std::string_view name) const {
  constexpr std::string_view kPrefix = "stream-";
  const auto agent = AgentId::parse(name);
  const StreamSpec* stream = agent ? stream_of(*agent) : nullptr;
  if (stream != nullptr || !name.starts_with(kPrefix)) return stream;
  return find_stream(StreamId(std::string(name.substr(kPrefix.size()))));
}

std::optional<StreamId> stream_of_branch(const Policy& policy, const BranchName& branch) {
  if (policy.branch.find(kStream) == std::string::npos) return std::nullopt;  // it tells none apart
  const auto longest = [&](const auto& follows) -> const StreamSpec* {
    const StreamSpec* best = nullptr;
    for (const StreamSpec& stream : policy.streams) {
      if (best != nullptr && best->id.str().size() >= stream.id.str().size()) continue;
      if (follows(stream.id.str())) best = &stream;
    }
    return best;
  };
  const StreamSpec* best = longest(
      [&](const std::string& stream) { return follows_rule(policy.branch, branch.str(), stream); });
  if (best == nullptr && policy.branches_ignore_case) {
    const std::string rule = path_form(policy.branch, true), name = path_form(branch.str(), true);
    best = longest([&](const std::string& stream) {
      return follows_rule(rule, name, path_form(stream, true));
    });
  }
  return best == nullptr ? std::nullopt : std::optional(best->id);
}

namespace {

bool is_mine(const Identity& identity, const StreamSpec& stream, const AgentSpec& agent) {
  if (identity.agent) return *identity.agent == agent.id;
  return identity.stream && *identity.stream == stream.id;  // a stream: the union of its agents
}

}  // namespace

ScopeMap::ScopeMap(const Policy& policy, const Identity& identity, bool ignore_case)
    : protected_(policy.protect, ignore_case),
      shared_(policy.shared, ignore_case),
      ignore_case_(ignore_case) {
  for (const StreamSpec& stream : policy.streams) {
    for (const AgentSpec& agent : stream.agents) {
      scopes_.push_back(
          {agent.id, is_mine(identity, stream, agent), PatternList(agent.files, ignore_case)});
    }
  }
}

Place ScopeMap::place(std::string_view text) const {
  const FormedPath path(text, ignore_case_);
  if (protected_.matches(path)) return {Standing::protected_path, {}};
  for (const Scope& scope : scopes_) {
    if (scope.mine && scope.patterns.matches(path)) return {Standing::mine, {}};
  }
  if (shared_.matches(path)) return {Standing::shared, {}};
  Place place;
  for (const Scope& scope : scopes_) {
    if (!scope.mine && scope.patterns.matches(path)) place.owners.push_back(scope.agent);
  }
  place.standing = place.owners.empty() ? Standing::unowned : Standing::foreign;
  return place;
}

namespace {

constexpr std::string_view kArrow = "->";

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> components(std::string_view dotted) {
  std::vector<std::string> all;
  while (true) {
    const std::size_t dot = dotted.find('.');
    all.emplace_back(dotted.substr(0, dot));
    if (dot == dotted.npos) return all;
    dotted.remove_prefix(dot + 1);
  }
}

std::optional<std::string> side_fault(std::string_view side) {
  if (side.empty()) return "a module is missing beside '->'";
  for (const std::string& part : components(side)) {
    if (part.empty()) return "'" + printable(side) + "' has an empty part between dots";
    if (part == "*" || part == "**") continue;
    if (part.find('*') != part.npos) return "'" + printable(part) + "' mixes '*' with a name";
    if (part.find_first_of(" \t\r\n/\\?[,;") != part.npos) {
      return "'" + printable(side) + "' is no module";
    }
  }
  return std::nullopt;
}

struct Sides {
  std::string_view importer, target;
};

std::optional<Sides> sides_of(std::string_view text) {
  const std::size_t arrow = text.find(kArrow);
  if (arrow == text.npos || text.find(kArrow, arrow + 1) != text.npos) return std::nullopt;
  return Sides{without_blanks(text.substr(0, arrow)),
               without_blanks(text.substr(arrow + kArrow.size()))};
}

// Only the last `**` is ever made longer: where it begins first, it reaches all that an older
// could.
bool side_matches(std::span<const std::string> pattern, std::string_view module) {
  std::size_t at = 0, after_stars = 0;
  std::optional<std::string_view> retry;  // what follows the components that the last `**` took
  std::optional<std::string_view> rest = module;  // nothing: at the end
  const auto next = [](std::string_view text) -> std::optional<std::string_view> {
    const std::size_t dot = text.find('.');
    if (dot == text.npos) return std::nullopt;
    return text.substr(dot + 1);
  };
  while (true) {
    if (at < pattern.size() && pattern[at] == "**") {
      after_stars = ++at;
      retry = rest;
      if (at == pattern.size()) return true;
    } else if (!rest && at == pattern.size()) {
      return true;
    } else if (rest && at < pattern.size() &&
               (pattern[at] == "*" || pattern[at] == rest->substr(0, rest->find('.')))) {
      ++at;
      rest = next(*rest);
    } else if (retry) {
      retry = next(*retry);
      rest = retry;
      at = after_stars;
    } else {
      return false;
    }
  }
}

}  // namespace

std::optional<std::string> edge_rule_fault(std::string_view text) {
  const std::optional<Sides> sides = sides_of(text);
  if (!sides) return "there must be one '->'";
  if (auto fault = side_fault(sides->importer)) return fault;
  return side_fault(sides->target);
}

std::optional<EdgeRule> EdgeRule::parse(std::string_view text) {
  if (edge_rule_fault(text)) return std::nullopt;
  const Sides sides = *sides_of(text);
  EdgeRule rule;
  rule.importer_ = components(sides.importer);
  rule.target_ = components(sides.target);
  return rule;
}

bool EdgeRule::matches(std::string_view importer, std::string_view target) const {
  return side_matches(importer_, importer) && side_matches(target_, target);
}

}  // namespace gs::core
