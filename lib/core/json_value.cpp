// Values, and writing.

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <utility>

#include "lib/core/json.h"
#include "lib/core/text.h"

namespace gs::core {

// Here, where JsonMember is complete: a constructor can destroy what it has made.
Json::Json(bool value) : value_(value) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(Array items) : value_(std::move(items)) {}
Json::Json(Object members) : value_(std::move(members)) {}
Json::Json(Number number) : value_(std::move(number)) {}
Json::Json(const std::vector<std::string>& texts) : value_(Array(texts.begin(), texts.end())) {}

std::optional<bool> Json::boolean() const {
  const bool* const value = std::get_if<bool>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

namespace {

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::uint64_t> json_natural(std::string_view number) {
  return whole_number<std::uint64_t>(number);
}

std::optional<std::int64_t> Json::integer() const {
  const Number* const number = std::get_if<Number>(&value_);
  return number == nullptr ? std::nullopt : whole_number<std::int64_t>(number->text);
}

std::optional<std::uint64_t> Json::natural() const {
  const Number* const number = std::get_if<Number>(&value_);
  return number == nullptr ? std::nullopt : json_natural(number->text);
}

const Json* Json::find(std::string_view name) const {
  const Object* const members = object();
  if (members == nullptr) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(),
                                  [&](const JsonMember& member) { return member.name == name; });
  return found == members->end() ? nullptr : &found->value;
}

Json* Json::find(std::string_view name) {
  return const_cast<Json*>(std::as_const(*this).find(name));
}

Json& Json::set(std::string_view name, Json value) {
  if (Json* const old = find(name)) return *old = std::move(value);
  return object()->emplace_back(JsonMember{std::string(name), std::move(value)}).value;
}

void Json::remove(std::string_view name) {
  std::erase_if(*object(), [&](const JsonMember& member) { return member.name == name; });
}

bool Json::operator==(const Json& other) const {
  return value_ == other.value_;
}

Json read_json(JsonReader& reader) {
  switch (reader.kind()) {
    case JsonKind::null:
      reader.null();
      return {};
    case JsonKind::boolean:
      return reader.boolean();
    case JsonKind::number:
      return Json::number(reader.number());
    case JsonKind::string:
      return reader.string().text();
    case JsonKind::array: {
      Json::Array items;
      reader.begin_array();
      while (reader.next_item()) items.push_back(read_json(reader));
      return items;
    }
    case JsonKind::object:
      break;
  }
  Json::Object members;
  reader.begin_object();
  while (const auto name = reader.next_member())
    members.push_back({name->text(), read_json(reader)});
  return members;
}

Json parse_json(std::string_view text, JsonOptions options) {
  JsonReader reader(text, options);
  Json value = read_json(reader);
  reader.end();
  return value;
}

namespace {

void append_line(std::string& out, int indent) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<std::size_t>(indent), ' ');
}

// Elements of an array or object, each by `each`; below 0 is no indentation.
template <class Elements, class Each>
void append_elements(std::string& out, std::string_view brackets, const Elements& elements,
                     int indent, const Each& each) {
  const int inner = indent < 0 ? indent : indent + 2;
  out += brackets[0];
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) out += ',';
    append_line(out, inner);
    each(elements[i], inner);
  }
  if (!elements.empty()) append_line(out, indent);
  out += brackets[1];
}

}  // namespace

void append_json(std::string& out, const Json& json, int indent) {
  if (const auto value = json.boolean()) {
    out += *value ? "true" : "false";
  } else if (const auto* number = std::get_if<Json::Number>(&json.value_)) {
    out += number->text;
  } else if (const std::string* text = json.string()) {
    append_json_string(out, *text);
  } else if (const Json::Array* items = json.array()) {
    append_elements(out, "[]", *items, indent,
                    [&](const Json& item, int inner) { append_json(out, item, inner); });
  } else if (const Json::Object* members = json.object()) {
    append_elements(out, "{}", *members, indent, [&](const JsonMember& member, int inner) {
      append_json_string(out, member.name);
      out += indent < 0 ? ":" : ": ";
      append_json(out, member.value, inner);
    });
  } else {
    out += "null";
  }
}

std::string compact_json(const Json& value) {
  std::string out;
  append_json(out, value, -1);
  return out;
}

std::string indented_json(const Json& value) {
  std::string out;
  append_json(out, value, 0);
  return out + '\n';
}

namespace {

bool is_plain(char c) {
  return c >= ' ' && c < '\x7f' && c != '"' && c != '\\';
}

// What the first character is written as, which is then taken off.
void take_special(std::string_view& text, std::string& out) {
  const auto byte = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  if (byte == '"' || byte == '\\') {
    out += '\\';
    out += text.front();
  } else if (byte == '\n') {
    out += "\\n";
  } else if (byte < 0x80) {
    out += fmt::format("\\u{:04x}", byte);
  } else if (starts_with_control(text)) {
    length = utf8_length(text);
    const auto character = static_cast<std::uint32_t>(first_character(text));
    if (character < 0x10000) {
      out += fmt::format("\\u{:04x}", character);
    } else {  // as UTF-16 has it
      const std::uint32_t rest = character - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10U), 0xdc00 + (rest & 0x3ffU));
    }
  } else if (utf8_length(text) > 0) {
    length = utf8_length(text);
    out += text.substr(0, length);
  } else {
    out += "\xef\xbf\xbd";
  }
  text.remove_prefix(length);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto plain = std::find_if_not(text.begin(), text.end(), is_plain) - text.begin();
    out += text.substr(0, static_cast<std::size_t>(plain));
    text.remove_prefix(static_cast<std::size_t>(plain));
    if (!text.empty()) take_special(text, out);
  }
  out += '"';
}

void JsonWriter::separate() {
  if (comma_) out_ += ", ";
  comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ": ";
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(bool yes) {
  return raw(yes ? "true" : "false");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace gs::core
