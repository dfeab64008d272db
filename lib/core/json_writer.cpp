#include "lib/core/json_writer.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/utf8.h"

namespace gs::core {

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
  } else if (starts_with_control(text)) {  // C1: U+0080 to U+009F is the second byte
    out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[1]));
    length = 2;
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
