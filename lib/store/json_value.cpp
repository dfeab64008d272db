#include "lib/store/json_value.h"

#include <nlohmann/json.hpp>

namespace gs::store {

namespace {

using AnyJson = nlohmann::json;

std::string plain(const AnyJson& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, AnyJson::error_handler_t::replace);
}

}  // namespace

std::string plain_value(std::string_view json) {
  const AnyJson value = AnyJson::parse(json, nullptr, false);
  return value.is_discarded() ? std::string(json) : plain(value);
}

std::vector<std::map<std::string, std::string>> plain_objects(std::string_view json) {
  std::vector<std::map<std::string, std::string>> objects;
  const AnyJson array = AnyJson::parse(json, nullptr, false);
  if (!array.is_array()) return objects;
  for (const AnyJson& element : array) {
    if (!element.is_object()) continue;
    auto& object = objects.emplace_back();
    for (const auto& [name, value] : element.items()) object[name] = plain(value);
  }
  return objects;
}

}  // namespace gs::store
