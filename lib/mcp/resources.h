#pragma once
// What clients may read: the locks and the log, each the --json answer of a command.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/json.h"

namespace gs::mcp {

// The command line whose answer a resource is; none: there is no such resource.
std::optional<std::vector<std::string>> resource_words(std::string_view uri);

// The members "resources" and "resourceTemplates" of the answers that list them.
void write_resources(core::JsonWriter& json);
void write_templates(core::JsonWriter& json);

}  // namespace gs::mcp
