#include "lib/mcp/resources.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "lib/core/text.h"

namespace gs::mcp {

using core::JsonWriter;
using Words = std::vector<std::string>;

namespace {

struct Resource {
  std::string_view name, uri, description;
};
constexpr Resource kLocks{"locks", "git-stream://locks", "Who holds which paths, until when."};
constexpr Resource kLog{"log", "git-stream://log", "The last 100 lines of what everybody did."};
constexpr Resource kLogPart{"log-part", "git-stream://log{?last,since,agent}",
                            "The last so many lines; since 30m or 2h ago, or a time; of an agent."};

constexpr std::string_view kVariables[] = {"last", "since", "agent"};
constexpr std::string_view kUsual = "--last=100";

// "%3A" is ':'; nothing for what is no such text, and for a null character.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (text.front() != '%') {
      plain += text.front();
      text.remove_prefix(1);
      continue;
    }
    unsigned char byte = 0;
    const char* const end = text.data() + std::min<std::size_t>(text.size(), 3);
    const auto read = std::from_chars(text.data() + 1, end, byte, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + 3 || byte == 0) return std::nullopt;
    plain += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return plain;
}

// "last=20&since=2h" as options.
std::optional<Words> options_of(std::string_view query) {
  Words options;
  while (!query.empty()) {
    const std::string_view part = core::take_part(query, '&');
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const auto value = decoded(equals == part.npos ? "" : part.substr(equals + 1));
    const bool known =
        std::find(std::begin(kVariables), std::end(kVariables), name) != std::end(kVariables);
    if (!known || !value || value->empty()) return std::nullopt;
    options.push_back("--" + std::string(name) + "=" + *value);
  }
  return options;
}

void write_resource(JsonWriter& json, const Resource& resource, std::string_view uri_name) {
  json.begin_object().member(uri_name, resource.uri).member("name", resource.name);
  json.member("description", resource.description).member("mimeType", "application/json");
  json.end_object();
}

}  // namespace

std::optional<Words> resource_words(std::string_view uri) {
  if (uri == kLocks.uri) return Words{"locks", "--json"};
  if (!uri.starts_with(kLog.uri)) return std::nullopt;
  const std::string_view rest = uri.substr(kLog.uri.size());
  Words words{"log", "--json"};
  if (rest.empty() || rest == "?") {
    words.emplace_back(kUsual);
    return words;
  }
  const auto options = rest.front() == '?' ? options_of(rest.substr(1)) : std::nullopt;
  if (!options) return std::nullopt;
  words.insert(words.end(), options->begin(), options->end());
  return words;
}

void write_resources(JsonWriter& json) {
  json.key("resources").begin_array();
  for (const Resource& resource : {kLocks, kLog}) write_resource(json, resource, "uri");
  json.end_array();
}

void write_templates(JsonWriter& json) {
  json.key("resourceTemplates").begin_array();
  write_resource(json, kLogPart, "uriTemplate");
  json.end_array();
}

}  // namespace gs::mcp
