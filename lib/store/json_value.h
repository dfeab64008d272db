#pragma once
// Looks into the JSON of log lines, for those who print them.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gs::store {

// A string's content without quotes and escapes; anything else as it stands.
std::string plain_value(std::string_view json);

// An array of objects, each as its members' plain values; what is no object is left out.
std::vector<std::map<std::string, std::string>> plain_objects(std::string_view json);

}  // namespace gs::store
