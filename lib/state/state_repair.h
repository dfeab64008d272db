#pragma once
// What can be saved of damaged state files: StateDir::repair() (state_dir.h) puts fresh ones in
// their place.

#include <cstdint>
#include <string>
#include <string_view>

namespace gs::state {

// A fresh lock file with every lock of the damaged text that can be read, and a generation beyond
// all that it names and beyond `floor`.
std::string salvage_locks(std::string_view text, std::uint64_t floor);

}  // namespace gs::state
