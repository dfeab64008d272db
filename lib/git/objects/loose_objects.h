#pragma once
// Loose objects: a file each, "TYPE SIZE\0CONTENT" as a zlib stream (gitformat-loose).

#include <filesystem>
#include <optional>
#include <string_view>

#include "lib/core/change.h"
#include "lib/git/objects/inflater.h"
#include "lib/git/objects/raw_object.h"

namespace gs::git {

// Nothing for what is damaged, or too large to be read at once.
std::optional<RawObject> parse_loose(std::string_view file, Inflater& inflater);

// The object from a folder of objects; nothing when it does not stand there, or cannot be read: it
// may stand elsewhere, and who looks there says what is wrong. What the content hashes to is not
// checked.
std::optional<RawObject> read_loose(const std::filesystem::path& objects, const core::ObjectId& id,
                                    Inflater& inflater);

}  // namespace gs::git
