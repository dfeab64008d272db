#pragma once

namespace gs::app {

// What `--version` and installed hook scripts say.
inline constexpr char kVersion[] = GITSTREAM_VERSION;

}  // namespace gs::app
