#pragma once
// Loose objects: a file each, "TYPE SIZE\0CONTENT" as a zlib stream (gitformat-loose).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/change.h"
#include "lib/git/inflater.h"

namespace gs::git {

struct LooseObject {
  enum class Type { blob, tree, commit, tag } type = Type::blob;
  std::string content;
};

// Nothing for what is damaged, or too large to be read at once.
std::optional<LooseObject> parse_loose(std::string_view file, Inflater& inflater);

// The object from a folder of objects; nothing when it does not stand there, or cannot be read: it
// may stand elsewhere, and who looks there says what is wrong. What the content hashes to is not
// checked.
std::optional<LooseObject> read_loose(const std::filesystem::path& objects,
                                      const core::ObjectId& id, Inflater& inflater);

}  // namespace gs::git
