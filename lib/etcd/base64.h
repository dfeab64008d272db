#pragma once
// Base64 (RFC 4648, section 4) with padding, as etcd's gateway has keys and values in JSON.

#include <optional>
#include <string>
#include <string_view>

namespace gs::etcd {

std::string to_base64(std::string_view bytes);
// Nothing where it is none.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace gs::etcd
