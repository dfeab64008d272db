#pragma once

namespace gs::command {

// The commit of the checkout that the program was built from, abbreviated; empty: built elsewhere.
// In a source of its own that the build writes (cmake/Commit.cmake): only that follows each commit.
extern const char kCommit[];

}  // namespace gs::command
