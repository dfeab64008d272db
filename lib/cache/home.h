#pragma once
// Where the files of a cache are, and how they come and go.

#include <cstdint>
#include <filesystem>
#include <string>

namespace gs::cache {

// Names this start of the machine; empty where nothing does.
std::string boot_id();

// FOLDER/facts-…: one for each version and start of the machine.
std::filesystem::path home_of(const std::filesystem::path& folder, std::uint32_t version);

// A new folder beside a home; empty when it cannot be made.
std::filesystem::path make_beside(const std::filesystem::path& home);

// Out of the way in one step, then removed: who has the files open keeps them.
void throw_away(const std::filesystem::path& home);

// Throws away the other homes in the folder, and leftovers, that were not written to for an hour.
void throw_away_others(const std::filesystem::path& home);

}  // namespace gs::cache
