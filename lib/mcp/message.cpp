#include "lib/mcp/message.h"

#include <algorithm>
#include <utility>

namespace gs::mcp {

using core::Json;
using core::JsonError;
using core::JsonKind;

namespace {

// What is no JSON at all, and what is JSON that we do not take.
ErrorCode code_of(const JsonError& error) {
  const bool json = error.reason() == JsonError::Reason::too_deep ||
                    error.reason() == JsonError::Reason::repeated;
  return json ? ErrorCode::invalid_request : ErrorCode::parse;
}

[[noreturn]] void fail(const std::string& what) {
  throw ProtocolError(ErrorCode::invalid_request, what);
}

bool is_id(const Json& value) {
  return value.string() != nullptr || value.integer().has_value();
}

}  // namespace

Json read_line(std::string_view line) {
  try {
    return core::parse_json(line, {.lenient = true});
  } catch (const JsonError& error) {
    throw ProtocolError(code_of(error), std::string("the message cannot be read: ") + error.what());
  }
}

Json readable_id(const Json& value) {
  const Json* const id = value.find("id");
  return id != nullptr && is_id(*id) ? *id : Json();
}

Message read_message(const Json& value) {
  if (value.object() == nullptr) fail("a message is a JSON object");
  const Json* const version = value.find("jsonrpc");
  if (version == nullptr || *version != Json("2.0")) fail("'jsonrpc' must be \"2.0\"");
  Message message;
  const Json* const id = value.find("id");
  const Json* const method = value.find("method");
  if (method == nullptr && (value.find("result") != nullptr || value.find("error") != nullptr)) {
    message.kind = Message::Kind::response;
    return message;
  }
  if (method == nullptr || method->string() == nullptr) fail("'method' must be a string");
  message.method = *method->string();
  if (id != nullptr) {
    if (!is_id(*id)) fail("'id' must be a string or a whole number");
    message.kind = Message::Kind::request;
    message.id = *id;
  }
  const Json* const params = value.find("params");
  const bool object = params != nullptr && params->object() != nullptr;
  if (object) message.params = *params;
  const bool none = params == nullptr || params->is_null();  // as some clients write it
  if (!none && !object && message.kind == Message::Kind::request)
    throw ProtocolError(ErrorCode::invalid_params, "'params' must be an object");
  return message;
}

std::string result_message(const Json& id, std::string_view result) {
  core::JsonWriter json;
  json.begin_object().member("jsonrpc", "2.0").key("id").raw(core::compact_json(id));
  return json.key("result").raw(result).end_object().take();
}

std::string error_message(const Json& id, const ProtocolError& error) {
  core::JsonWriter json;
  json.begin_object().member("jsonrpc", "2.0").key("id").raw(core::compact_json(id));
  json.key("error").begin_object().member("code", static_cast<int>(error.code()));
  json.member("message", error.what());
  if (!error.data().is_null()) json.key("data").raw(core::compact_json(error.data()));
  return json.end_object().end_object().take();
}

void LineSplitter::add(std::string_view bytes) {
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  buffer_ += bytes;
}

// From begin_ to `end`, and the newline there.
std::optional<LineSplitter::Line> LineSplitter::take(std::size_t end) {
  Line line;
  line.too_long = dropping_ || end - begin_ > kLargestMessage;
  if (!line.too_long) line.text = buffer_.substr(begin_, end - begin_);
  begin_ = searched_ = std::min(end + 1, buffer_.size());
  const bool told = std::exchange(dropping_, false);
  const bool blank = line.text.find_first_not_of(" \t\r") == std::string::npos;
  if (told || (blank && !line.too_long)) return std::nullopt;
  return line;
}

std::optional<LineSplitter::Line> LineSplitter::next() {
  while (true) {
    const std::size_t newline = buffer_.find('\n', searched_);
    if (newline != std::string::npos) {
      if (auto line = take(newline)) return line;
      continue;
    }
    searched_ = buffer_.size();
    if (dropping_ || searched_ - begin_ > kLargestMessage) {
      begin_ = searched_;
      if (!std::exchange(dropping_, true)) return Line{{}, true};
    }
    if (!ended_ || begin_ == searched_) return std::nullopt;
    if (auto line = take(searched_)) return line;
  }
}

}  // namespace gs::mcp
