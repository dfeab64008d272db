#include "lib/mcp/connection.h"

#include <algorithm>
#include <array>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/mcp/resources.h"

namespace gs::mcp {

using core::ExitCode;
using core::Json;
using core::JsonWriter;

namespace {

constexpr std::string_view kModern = "2026-07-28";
constexpr std::string_view kWithBatches = "2025-03-26";
// By a handshake; the newest first.
constexpr std::array<std::string_view, 4> kHandshakes{"2025-11-25", "2025-06-18", kWithBatches,
                                                      "2024-11-05"};
constexpr std::string_view kRevisionKey = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

constexpr char kInstructions[] =
    "Several agents work on this repository, each in its own worktree and scope. Lock what you are "
    "about to edit; check before you commit. An answer that refuses says what to do instead.";

constexpr long kHour = 3'600'000;  // milliseconds

const Json* meta_of(const Json& params, std::string_view key) {
  const Json* const meta = params.find("_meta");
  return meta == nullptr ? nullptr : meta->find(key);
}

// Whether the request says its own revision, and one that we know.
bool is_modern(const Json& params) {
  const Json* const said = meta_of(params, kRevisionKey);
  if (said == nullptr) return false;
  if (said->string() == nullptr)
    throw ProtocolError(ErrorCode::invalid_params,
                        "'" + std::string(kRevisionKey) + "' must be a string");
  if (*said->string() != kModern)
    throw ProtocolError(ErrorCode::unsupported_version, "this protocol revision is not supported",
                        Json::Object{{"supported", revisions()}, {"requested", *said}});
  const Json* const capabilities = meta_of(params, kCapabilitiesKey);
  if (capabilities == nullptr || capabilities->object() == nullptr)
    throw ProtocolError(ErrorCode::invalid_params,
                        "'" + std::string(kCapabilitiesKey) + "' must be an object");
  return true;
}

// The session that a request is part of. Codex says it so; other programs by the environment.
std::optional<std::string> session_of(const Json& params) {
  constexpr std::size_t kLongest = 256;
  const Json* const thread = meta_of(params, "threadId");
  const std::string* const id = thread == nullptr ? nullptr : thread->string();
  if (id == nullptr || id->empty() || id->size() > kLongest) return std::nullopt;
  if (id->find('\0') != id->npos) return std::nullopt;
  return *id;
}

const std::string& text_of(const Json& params, std::string_view name) {
  const Json* const value = params.find(name);
  if (value == nullptr || value->string() == nullptr)
    throw ProtocolError(ErrorCode::invalid_params, "'" + std::string(name) + "' must be a string");
  return *value->string();
}

void write_capabilities(JsonWriter& json) {
  json.key("capabilities").begin_object();
  json.key("tools").begin_object().end_object();
  json.key("resources").begin_object().end_object().end_object();
}

void write_caching(JsonWriter& json, long milliseconds, std::string_view scope) {
  json.member("ttlMs", milliseconds).member("cacheScope", scope);
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string joined(const std::string& output, const std::string& errors) {
  std::string text = trimmed(output);
  if (!text.empty() && !errors.empty()) text += '\n';
  text += trimmed(errors);
  return text.empty() ? "nothing" : text;
}

// In one line, whatever lines the command wrote it in; empty for what is no JSON.
std::string one_line(const std::string& json) {
  try {
    return json.empty() ? "" : core::compact_json(core::parse_json(json));
  } catch (const core::JsonError&) {
    return {};
  }
}

std::string end_text(const Call& call, const Ending& ending) {
  constexpr int kSignal = 128;
  const std::string text = joined(ending.output, ending.errors);
  if (ending.status <= kSignal) return text;
  return text + "\ngit stream " + call.asked.words.front() + " was ended by signal " +
         std::to_string(ending.status - kSignal);
}

}  // namespace

Json revisions() {
  Json::Array all{kModern};
  all.insert(all.end(), kHandshakes.begin(), kHandshakes.end());
  return all;
}

struct Connection::Request {
  const Message& message;
  bool modern = false;
  const std::shared_ptr<Batch>& batch;
};

Connection::Step Connection::take(const LineSplitter::Line& line) {
  Step step;
  try {
    if (line.too_long)
      throw ProtocolError(ErrorCode::invalid_request, "a message has at most 4 MB");
    const Json value = read_line(line.text);
    if (value.array() != nullptr) {
      take_batch(*value.array(), step);
    } else if (const auto reply = answer(value, step, nullptr)) {
      step.replies = *reply + '\n';
    }
  } catch (const ProtocolError& error) {
    step.replies = error_message({}, error) + '\n';
  }
  return step;
}

void Connection::take_batch(const Json::Array& messages, Step& step) {
  if (revision_ != kWithBatches)
    throw ProtocolError(ErrorCode::invalid_request,
                        "only revision 2025-03-26 has several messages in one");
  if (messages.empty())
    throw ProtocolError(ErrorCode::invalid_request, "there is no message in it");
  const auto batch = std::make_shared<Batch>();
  batch->pending = messages.size();
  for (const Json& message : messages) {
    const std::size_t calls = step.calls.size();
    const auto reply = answer(message, step, batch);
    if (step.calls.size() == calls) step.replies += put(batch, reply.value_or(""));
  }
}

// Nothing where there is nothing to say, or not yet.
std::optional<std::string> Connection::answer(const Json& value, Step& step,
                                              const std::shared_ptr<Batch>& batch) {
  try {
    const Message message = read_message(value);
    if (message.kind == Message::Kind::notification) notice(message, step);
    if (message.kind != Message::Kind::request) return std::nullopt;
    const bool opens = message.method == "initialize";
    if (opens && batch)
      throw ProtocolError(ErrorCode::invalid_request, "'initialize' stands by itself");
    return carry_out({message, !opens && is_modern(message.params), batch}, step);
  } catch (const ProtocolError& error) {
    return error_message(readable_id(value), error);
  }
}

void Connection::notice(const Message& message, Step& step) {
  if (message.method != "notifications/cancelled") return;
  const Json* const id = message.params.find("requestId");
  if (id != nullptr && std::find(under_way_.begin(), under_way_.end(), *id) != under_way_.end())
    step.cancelled.push_back(*id);
}

std::optional<std::string> Connection::carry_out(const Request& request, Step& step) {
  const Message& message = request.message;
  const auto result = [&](const std::string& json) { return result_message(message.id, json); };
  if (message.method == "initialize") return result(initialize(message.params));
  if (message.method == "ping") return result(begin_result(request.modern).end_object().take());
  if (message.method == "server/discover" && request.modern) return result(discover());
  if (revision_.empty() && !request.modern)
    throw ProtocolError(ErrorCode::invalid_request,
                        "begin with 'initialize', or name the revision in '_meta'");
  if (message.method == "tools/list") return result(list(request, write_tools));
  if (message.method == "resources/list") return result(list(request, write_resources));
  if (message.method == "resources/templates/list") return result(list(request, write_templates));
  if (message.method == "tools/call") return call_tool(request, step);
  if (message.method == "resources/read") {
    read_resource(request, step);
    return std::nullopt;
  }
  throw ProtocolError(ErrorCode::unknown_method,
                      "there is no method '" + core::printable(message.method) + "'");
}

std::string Connection::initialize(const Json& params) {
  const std::string& wanted = text_of(params, "protocolVersion");
  const auto known = std::find(kHandshakes.begin(), kHandshakes.end(), wanted);
  revision_ = known == kHandshakes.end() ? kHandshakes.front() : *known;
  JsonWriter json = begin_result(false);
  json.member("protocolVersion", revision_);
  write_capabilities(json);
  json.key("serverInfo");
  write_program(json);
  return json.member("instructions", kInstructions).end_object().take();
}

std::string Connection::discover() const {
  JsonWriter json = begin_result(true);
  json.key("supportedVersions").raw(core::compact_json(revisions()));
  write_capabilities(json);
  write_caching(json, kHour, "public");
  return json.member("instructions", kInstructions).end_object().take();
}

std::string Connection::list(const Request& request, void (*write)(JsonWriter&)) const {
  const Json* const cursor = request.message.params.find("cursor");
  if (cursor != nullptr && !cursor->is_null())
    throw ProtocolError(ErrorCode::invalid_params,
                        "there is no such 'cursor': lists have one page");
  JsonWriter json = begin_result(request.modern);
  write(json);
  if (request.modern) write_caching(json, kHour, "public");
  return json.end_object().take();
}

std::optional<std::string> Connection::call_tool(const Request& request, Step& step) {
  const Json& params = request.message.params;
  const std::string& name = text_of(params, "name");
  const Tool* const tool = find_tool(name);
  if (tool == nullptr)
    throw ProtocolError(ErrorCode::invalid_params,
                        "there is no tool '" + core::printable(name) + "'");
  const Json* const arguments = params.find("arguments");
  ToolCall asked;
  try {
    asked = read_call(*tool, arguments == nullptr ? Json() : *arguments);
  } catch (const ArgumentError& error) {  // for the model, which can do better
    return result_message(request.message.id, tool_result(request.modern, error.what(), "", true));
  }
  Call call = begin(request);
  call.tool = tool;
  call.asked = std::move(asked);
  step.calls.push_back(std::move(call));
  return std::nullopt;
}

void Connection::read_resource(const Request& request, Step& step) {
  const std::string& uri = text_of(request.message.params, "uri");
  auto words = resource_words(uri);
  if (!words)
    throw ProtocolError(request.modern ? ErrorCode::invalid_params : ErrorCode::unknown_resource,
                        "there is no resource '" + core::printable(uri) + "'");
  Call call = begin(request);
  call.uri = uri;
  call.asked.words = std::move(*words);
  step.calls.push_back(std::move(call));
}

Call Connection::begin(const Request& request) {
  const Json& id = request.message.id;
  if (std::find(under_way_.begin(), under_way_.end(), id) != under_way_.end())
    throw ProtocolError(ErrorCode::invalid_request, "a request with this 'id' is under way");
  if (under_way_.size() >= kMostCalls)
    throw ProtocolError(ErrorCode::internal, "too many requests are under way: wait for answers");
  under_way_.push_back(id);
  Call call;
  call.id = id;
  call.session = session_of(request.message.params);
  call.modern = request.modern;
  call.batch = request.batch;
  return call;
}

std::string Connection::finish(const Call& call, const Ending& ending) {
  std::erase(under_way_, call.id);
  try {
    if (call.tool == nullptr)
      return put(call.batch, result_message(call.id, resource_result(call, ending)));
    const ExitCode worst = call.tool->reports ? ExitCode::findings : ExitCode::clean;
    const bool failed = ending.status > static_cast<int>(worst);
    return put(call.batch, result_message(call.id, tool_result(call.modern, end_text(call, ending),
                                                               one_line(ending.json), failed)));
  } catch (const ProtocolError& error) {
    return put(call.batch, error_message(call.id, error));
  }
}

std::string Connection::drop(const Call& call) {
  std::erase(under_way_, call.id);
  return put(call.batch, "");
}

// One of a batch's replies, which are sent together; "": it has none.
std::string Connection::put(const std::shared_ptr<Batch>& shared, const std::string& reply) {
  if (!shared) return reply.empty() ? "" : reply + '\n';
  Batch& batch = *shared;
  if (!reply.empty()) batch.answers += (batch.answers.empty() ? "" : ",") + reply;
  const bool whole = --batch.pending == 0 && !batch.answers.empty();
  return whole ? "[" + batch.answers + "]\n" : "";
}

std::string Connection::tool_result(bool modern, const std::string& text, std::string_view json,
                                    bool failed) const {
  JsonWriter result = begin_result(modern);
  result.key("content").begin_array().begin_object();
  result.member("type", "text").member("text", text).end_object().end_array();
  // Some programs show their model this in the place of the text, which alone says what to do next.
  if (!json.empty() && !failed) result.key("structuredContent").raw(json);
  return result.member("isError", failed).end_object().take();
}

std::string Connection::resource_result(const Call& call, const Ending& ending) const {
  const bool usage = ending.status == static_cast<int>(ExitCode::usage);
  if (ending.status != 0)
    throw ProtocolError(usage ? ErrorCode::invalid_params : ErrorCode::internal,
                        trimmed(ending.errors));
  JsonWriter json = begin_result(call.modern);
  json.key("contents").begin_array().begin_object().member("uri", call.uri);
  json.member("mimeType", "application/json").member("text", trimmed(ending.output));
  json.end_object().end_array();
  if (call.modern) write_caching(json, 0, "private");
  return json.end_object().take();
}

JsonWriter Connection::begin_result(bool modern) const {
  JsonWriter json;
  json.begin_object();
  if (!modern) return json;
  json.member("resultType", "complete").key("_meta").begin_object();
  json.key("io.modelcontextprotocol/serverInfo");
  write_program(json);
  json.end_object();
  return json;
}

void Connection::write_program(JsonWriter& json) const {
  json.begin_object().member("name", "git-stream").member("title", "git stream");
  json.member("version", program_).end_object();
}

}  // namespace gs::mcp
