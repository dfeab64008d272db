#include "lib/agents/json_fields.h"

#include <algorithm>

#include "lib/core/json.h"

namespace gs::agents {

namespace {

using core::JsonError;
using core::JsonKind;
using core::JsonReader;

// As agents' programs write; what is passed over may be large.
constexpr core::JsonOptions kOptions{.repeated_keys = true, .lenient = true};

class FieldReader {
 public:
  FieldReader(std::span<const std::string_view> wanted, std::vector<JsonField>& found)
      : wanted_(wanted), found_(found) {}

  void read(std::string_view text) {
    JsonReader json(text, kOptions);
    read_object(json);
    json.end();
  }

 private:
  bool is_wanted() const {
    return std::find(wanted_.begin(), wanted_.end(), path_) != wanted_.end();
  }
  // Whether a wanted value is below this one, after one of these characters.
  bool leads_below(std::string_view next) const {
    return std::any_of(wanted_.begin(), wanted_.end(), [&](std::string_view path) {
      return path.size() > path_.size() && path.starts_with(path_) &&
             next.find(path[path_.size()]) != next.npos;
    });
  }

  void add(std::string text) {
    if (text.find('\0') != text.npos) throw Unreadable("holds a NUL in " + path_);
    if (is_wanted()) found_.push_back({path_, std::move(text)});
  }

  void read_value(JsonReader& json) {
    if (!is_wanted() && !leads_below(".[")) return json.skip();
    switch (json.kind()) {
      case JsonKind::object:
        return read_object(json);
      case JsonKind::array:
        return read_array(json);
      case JsonKind::string:
        return read_text(json.string().text());
      case JsonKind::number:
        return add(std::string(json.number()));
      case JsonKind::boolean:
        return add(json.boolean() ? "true" : "false");
      case JsonKind::null:
        return json.null();
    }
  }

  void read_object(JsonReader& json) {
    const std::size_t length = path_.size();
    json.begin_object();
    while (const auto name = json.next_member()) {
      if (length > 0) path_ += '.';
      path_ += name->text();
      read_value(json);
      path_.resize(length);
    }
  }

  void read_array(JsonReader& json) {
    const std::size_t length = path_.size();
    path_ += "[]";
    json.begin_array();
    while (json.next_item()) read_value(json);
    path_.resize(length);
  }

  // No deeper than a wanted path is: every text within a text leads on to one.
  void read_text(std::string text) {
    const std::size_t kept = found_.size(), length = path_.size();
    try {
      if (leads_below(".")) read(text);
    } catch (const std::runtime_error&) {  // plain text then
      found_.resize(kept);
      path_.resize(length);
    }
    add(std::move(text));
  }

  std::span<const std::string_view> wanted_;
  std::vector<JsonField>& found_;
  std::string path_;
};

const char* reason_of(const JsonError& error) {
  switch (error.reason()) {
    case JsonError::Reason::empty:
    case JsonError::Reason::early_end:
      return "ends too early";
    case JsonError::Reason::not_utf8:
      return "is no UTF-8";
    case JsonError::Reason::too_deep:
      return "is nested deeper than 64";
    case JsonError::Reason::trailing:
      return "goes on after its end";
    default:
      return "is no JSON";
  }
}

}  // namespace

std::vector<JsonField> read_fields(std::string_view json,
                                   std::span<const std::string_view> wanted) {
  std::vector<JsonField> found;
  try {
    FieldReader(wanted, found).read(json);
  } catch (const JsonError& error) {
    throw Unreadable(reason_of(error));
  }
  return found;
}

}  // namespace gs::agents
