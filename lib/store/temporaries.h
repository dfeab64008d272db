#pragma once
// How AtomicFile names its temporary files, so that leftovers can be told.

#include <filesystem>
#include <string_view>

namespace gs::store {

inline constexpr std::string_view kTemporaryPrefix = ".tmp.";

// FOLDER/.tmp.NAME.PID.N, used by no other file of this process.
std::filesystem::path temporary_name(const std::filesystem::path& target);

}  // namespace gs::store
