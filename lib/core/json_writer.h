#pragma once
// Writes JSON (RFC 8259) into a string: for log lines and --json. json.h reads it.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace gs::core {

// The text as a JSON string, with its quotes. Characters that terminals may obey are escaped; bytes
// that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Commas are the writer's business; balance of begin and end is the caller's. Bytes that are no
// UTF-8 become U+FFFD: pass paths through json_path first.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool yes);
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) {
    return raw(std::to_string(number));
  }
  JsonWriter& null() { return raw("null"); }
  JsonWriter& raw(std::string_view json);  // a value that is JSON already

  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool comma_ = false;
};

}  // namespace gs::core
