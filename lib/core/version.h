#pragma once

namespace gs::core {

// What `--version` and installed hook scripts say.
inline constexpr char kVersion[] = GITSTREAM_VERSION;

}  // namespace gs::core
