#include "lib/policy/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/core/pattern.h"
#include "lib/core/text.h"

namespace gs::policy {

namespace {

constexpr std::size_t kMostVisits = 200'000;

std::string_view kind_name(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "text";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return "nothing";
}

}  // namespace

std::string word_hint(std::string_view given, const std::vector<std::string>& known) {
  if (const auto near = core::nearest_word(given, known)) {
    return fmt::format("did you mean '{}'?", *near);
  }
  constexpr std::size_t kMost = 20;
  if (known.empty() || known.size() > kMost) return {};
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

void Reader::fail_key(const YamlNode& key, std::string_view what,
                      const std::vector<std::string>& known) const {
  fail(key, fmt::format("unknown key {} in {}", in_quotes(key.text), what),
       word_hint(key.text, known));
}

void Reader::fail_word(const YamlNode& node, const std::string& given,
                       const std::vector<std::string>& known) const {
  fail(node, fmt::format("{} cannot be {}", subject(node), in_quotes(given)),
       word_hint(given, known));
}

std::string Reader::subject(const YamlNode& node) const {
  return fmt::format("{}'{}'", node.item ? "an item of " : "", key_);
}

void Reader::fail_kind(const YamlNode& node, std::string_view wanted, std::string hint,
                       std::string_view what) const {
  fail(node,
       fmt::format("{} must be {}, not {}", what.empty() ? subject(node) : std::string(what),
                   wanted, kind_name(node.kind)),
       std::move(hint));
}

void Reader::count(const YamlNode& node) {
  visits_ += 1 + node.items.size();
  if (visits_ > kMostVisits) {
    fail(node, fmt::format("more than {} values, aliases written out", kMostVisits));
  }
}

const std::string& Reader::scalar(const YamlNode& node) {
  count(node);
  if (node.kind != YamlNode::Kind::scalar) fail_kind(node, "text", {});
  if (node.text.find('\0') != std::string::npos) fail(node, subject(node) + " holds a NUL byte");
  return node.text;
}

std::string Reader::text(const YamlNode& node) {
  if (scalar(node).empty()) fail(node, subject(node) + " is empty");
  return node.text;
}

std::span<const YamlNode* const> Reader::list(const YamlNode& node) {
  count(node);
  if (node.kind != YamlNode::Kind::list) {
    const bool one = node.kind == YamlNode::Kind::scalar;
    fail_kind(
        node, "a list",
        one ? fmt::format("put it in brackets: [\"{}\"]", core::printable(node.text.substr(0, 60)))
            : std::string("write [] for an empty one"));
  }
  return node.items;
}

std::span<const YamlNode* const> Reader::pairs(const YamlNode& node, std::string_view what) {
  count(node);
  if (node.kind != YamlNode::Kind::map) {
    fail_kind(node, "a map",
              node.kind == YamlNode::Kind::null ? std::string("write {} for an empty one")
                                                : std::string("write 'key: value' lines"),
              what);
  }
  return node.items;
}

std::vector<std::string> Reader::texts(const YamlNode& node) {
  std::vector<std::string> all;
  for (const YamlNode* item : list(node)) all.push_back(text(*item));
  return all;
}

std::vector<std::string> Reader::argv(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::scalar) {
    fail_kind(node, "a list of words", "no shell reads it: [mypy, .], or [sh, -c, \"…\"]");
  }
  std::vector<std::string> words;
  for (const YamlNode* item : list(node)) {
    // An empty argument is one; an empty program is none.
    const bool empty = item->kind == YamlNode::Kind::scalar && item->text.empty() && !words.empty();
    words.push_back(empty ? scalar(*item) : text(*item));
  }
  if (words.empty()) fail(node, fmt::format("'{}' names no program", key_));
  return words;
}

bool Reader::boolean(const YamlNode& node) {
  constexpr Word<bool> kWords[] = {{"true", true}, {"false", false}};
  return word(node, kWords);
}

core::Seconds Reader::duration(const YamlNode& node) {
  const std::string given = text(node);
  const std::optional<core::Seconds> length = core::parse_duration(given);
  if (!length) {
    fail(node, fmt::format("{} is no duration", in_quotes(given)), "90s, 35m, 2h, 1h30m or 1d");
  }
  if (length->count() == 0) fail(node, fmt::format("'{}' must be longer than nothing", key_));
  return *length;
}

core::StreamId Reader::stream_id(const YamlNode& node) {
  const std::string& given = scalar(node);
  if (!core::valid_id(given)) {
    fail(node, fmt::format("{} cannot name a stream", in_quotes(given)),
         "letters, digits, '.', '_' and '-', a letter or digit first, at most 64");
  }
  return core::StreamId(given);
}

core::AgentId Reader::agent_id(const YamlNode& node) {
  const std::string& given = scalar(node);
  const std::optional<core::AgentId> id = core::AgentId::parse(given);
  if (!id) {
    fail(node, fmt::format("{} cannot name an agent", in_quotes(given)),
         "letters, digits, '.', '_' and '-', a letter or digit first, at most 64");
  }
  return *id;
}

std::string Reader::pattern(const YamlNode& node) {
  std::string given = text(node);
  if (const std::optional<std::string> fault = core::pattern_fault(given)) {
    fail(node, fmt::format("pattern {} {}", in_quotes(given), *fault),
         "patterns are git's, relative to the repository's root: \"config/*.py\"");
  }
  return given;
}

std::vector<std::string> Reader::patterns(const YamlNode& node) {
  std::vector<std::string> all;
  for (const YamlNode* item : list(node)) all.push_back(pattern(*item));
  return all;
}

}  // namespace gs::policy
