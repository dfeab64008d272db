#include "lib/store/json_tree.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace gs::store {

namespace {

// "line 3, column 5", counted in bytes.
std::string place(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, std::min(at, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == before.npos ? before.size() : before.size() - newline - 1;
  return fmt::format("line {}, column {}", lines + 1, std::max<std::size_t>(column, 1));
}

bool has_duplicates(const Json::object_t& object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto& [key, value] : object) keys.emplace_back(key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

// nlohmann's own builder looks every key up in a list and knows no bounds.
class TreeBuilder {
 public:
  explicit TreeBuilder(DuplicateKeys duplicates) : duplicates_(duplicates) {}

  bool null() { return add(Json(nullptr)); }
  bool boolean(bool value) { return add(Json(value)); }
  bool number_integer(std::int64_t value) { return add(Json(value)); }
  bool number_unsigned(std::uint64_t value) { return add(Json(value)); }
  bool number_float(double value, const std::string&) { return add(Json(value)); }
  bool string(std::string& value) { return add(Json(std::move(value))); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_array() { return close(); }
  bool end_object() {
    if (duplicates_ == DuplicateKeys::refuse &&
        has_duplicates(open_.back()->get_ref<const Json::object_t&>())) {
      fault_ = "an object holds the same key twice";
      return false;
    }
    return close();
  }
  bool key(std::string& name) {
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    error_at_ = position;
    return false;
  }

  Json take() { return std::move(root_); }
  std::string fault(std::string_view text) const {
    if (!fault_.empty()) return fault_;
    if (text.find_first_not_of(" \t\r\n") == text.npos) return "it is empty";
    return "not JSON from " + place(text, error_at_);
  }

 private:
  bool add(Json value) {
    place_value(std::move(value));
    return true;
  }

  Json* place_value(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      auto& list = parent.get_ref<Json::array_t&>();
      return &list.emplace_back(std::move(value));
    }
    auto& members = parent.get_ref<Json::object_t&>();
    return &members.emplace_back(std::move(key_), std::move(value)).second;
  }

  bool open(Json container) {
    if (open_.size() >= kDeepest) {
      fault_ = fmt::format("it is nested more than {} levels deep", kDeepest);
      return false;
    }
    open_.push_back(place_value(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  DuplicateKeys duplicates_;
  Json root_;
  std::vector<Json*> open_;  // a container does not move while it is open
  std::string key_, fault_;
  std::size_t error_at_ = 0;
};

}  // namespace

Json parse_json(std::string_view text, DuplicateKeys duplicates) {
  TreeBuilder builder(duplicates);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) throw Damaged(builder.fault(text));
  return builder.take();
}

const Json* find_member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  for (const auto& [key, value] : object.get_ref<const Json::object_t&>()) {
    if (key == name) return &value;
  }
  return nullptr;
}

void set_member(Json& object, std::string_view name, Json value) {
  auto& members = object.get_ref<Json::object_t&>();
  for (auto& [key, old] : members) {
    if (key == name) {
      old = std::move(value);
      return;
    }
  }
  members.emplace_back(std::string(name), std::move(value));
}

std::string to_text(const Json& tree) {
  return tree.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace gs::store
