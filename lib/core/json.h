#pragma once
// The one way to read JSON (RFC 8259): a strict forward reader, and a value for what has to be kept
// and written again. json_writer.h writes what has no value.
//
// Why our own: state files are checked for damage as a whole, with the line and column, refuse the
// same key twice, and are rewritten with everything that others put there, numbers to the digit;
// agents' settings hold comments and are changed in place. simdjson knows none of these (its fast
// reader checks only what is looked at), wants a copy of the text with room behind it, and asks the
// processor what it can at every start; where it would be faster, a gate reads nothing
// (lock_file.h). nlohmann-json took five times as long (bench/lock_scan_bench.cpp has the figures)
// and seconds of compiling.

#include <array>
#include <concepts>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gs::core {

inline constexpr std::size_t kDeepestJson = 64;  // arrays and objects within each other

// What is wrong with a JSON text. what() completes "FILE is damaged: ": "it is empty", "not JSON
// from line 3, column 5" (counted in bytes).
class JsonError : public std::runtime_error {
 public:
  enum class Reason {
    empty,      // nothing but white space
    early_end,  // the text ends within a value
    syntax,
    not_utf8,
    too_deep,  // beyond kDeepestJson
    repeated,  // an object holds the same key twice
    trailing,  // something follows the value
    content,   // it is JSON, but not what was expected
  };
  JsonError(Reason reason, const std::string& what) : std::runtime_error(what), reason_(reason) {}
  explicit JsonError(const std::string& what) : JsonError(Reason::content, what) {}
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonOptions {
  bool repeated_keys = false;  // are no error
  bool comments = false;       // "// …" and "/* … */" are white space
  // As agents' programs write: half of a surrogate pair is U+FFFD, and of a string that is skipped
  // only the end is looked for.
  bool lenient = false;
};

// A string as it stands between its quotes: valid UTF-8 with valid escapes.
struct JsonString {
  std::string_view raw;
  bool escaped = false;  // raw is not what it means

  std::string text() const;
  bool operator==(std::string_view other) const { return escaped ? text() == other : raw == other; }
};

// Goes over a text once and keeps nothing of it. Every function skips white space, takes what it is
// named after, and throws JsonError when something else is there. The text must outlive the reader
// and what it returns.
//
//   reader.begin_object();
//   while (const auto name = reader.next_member()) { … one value … }
class JsonReader {
 public:
  explicit JsonReader(std::string_view text, JsonOptions options = {});

  JsonKind kind();  // of the value that comes next, by its first byte
  void null() { word("null"); }
  bool boolean();
  std::string_view number();  // as it stands
  JsonString string();
  void begin_object();
  std::optional<JsonString> next_member();  // the name, ':' taken too; none: '}' was taken
  void begin_array();
  bool next_item();  // false: ']' was taken
  void skip();       // a whole value, checked like any other
  void end();        // of the text

  // The offset of the next byte that is no white space.
  std::size_t position() {
    skip_space();
    return static_cast<std::size_t>(at_ - text_.data());
  }
  // The offset behind what was taken last.
  std::size_t taken() const { return static_cast<std::size_t>(at_ - text_.data()); }

 private:
  struct Open {
    bool object, first;
    std::uint32_t names;  // where those of this object begin in names_
  };

  [[noreturn]] void fail(JsonError::Reason reason) const;
  [[noreturn]] void fail_here() const;
  void skip_space() {
    if (at_ != end_ && (static_cast<unsigned char>(*at_) <= ' ' || *at_ == '/')) skip_more_space();
  }
  void skip_more_space();
  bool skip_comment();
  char peek();
  void take(char c);
  void word(std::string_view expected);
  void open(char bracket);
  bool more(char bracket);
  void close_object();
  void skip_plain();
  void skip_special(bool& escaped);
  void skip_escape();
  std::uint32_t code_unit() const;
  void skip_string();

  std::string_view text_;
  const char* at_;
  const char* end_;
  JsonOptions options_;
  std::array<Open, kDeepestJson> open_;
  std::size_t depth_ = 0;
  std::vector<std::string_view> names_;
  std::forward_list<std::string> unescaped_;  // of names
};

class Json;
struct JsonMember;

// A value. Objects keep the order of their members, numbers their text.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;

  Json() = default;  // null
  Json(bool value);
  template <std::integral T>
  requires(!std::same_as<T, bool>) Json(T number);
  Json(std::string text);
  Json(std::string_view text);
  Json(const char* text);
  Json(Array items);
  Json(Object members);
  explicit Json(const std::vector<std::string>& texts);
  static Json number(std::string_view text);

  JsonKind kind() const { return static_cast<JsonKind>(value_.index()); }
  bool is_null() const { return kind() == JsonKind::null; }
  // Null or nothing for a value of another kind.
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  Array* array() { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  Object* object() { return std::get_if<Object>(&value_); }
  std::optional<bool> boolean() const;
  // Of a number without fraction and exponent that fits.
  std::optional<std::int64_t> integer() const;
  std::optional<std::uint64_t> natural() const;  // not negative

  // A member of an object; null when it is not there, or this is none.
  const Json* find(std::string_view name) const;
  Json* find(std::string_view name);
  // For objects only: replaces or appends it.
  Json& set(std::string_view name, Json value);
  void remove(std::string_view name);

  bool operator==(const Json& other) const;

 private:
  struct Number {
    std::string text;
    bool operator==(const Number&) const = default;
  };
  explicit Json(Number number);
  friend void append_json(std::string&, const Json&, int);

  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

struct JsonMember {
  std::string name;
  Json value;
  bool operator==(const JsonMember&) const = default;
};

// What makes or ends a Json has to know JsonMember.
inline Json::Json(std::string_view text) : Json(std::string(text)) {}
inline Json::Json(const char* text) : Json(std::string(text)) {}
inline Json Json::number(std::string_view text) {
  return Json(Number{std::string(text)});
}
template <std::integral T>
requires(!std::same_as<T, bool>) Json::Json(T number) : Json(Number{std::to_string(number)}) {}

// The whole text, which may begin with a byte order mark. Throws JsonError.
Json parse_json(std::string_view text, JsonOptions options = {});
// The value that comes next.
Json read_json(JsonReader& reader);

// In one line, without spaces.
std::string compact_json(const Json& value);
// As Python's json.dump(…, indent=2) lays it out, and a newline.
std::string indented_json(const Json& value);

// What a number's text says, when it has neither fraction nor exponent and fits.
std::optional<std::uint64_t> json_natural(std::string_view number);

// ---- Writes JSON (RFC 8259) into a string: for log lines and --json. json.h reads it.

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
