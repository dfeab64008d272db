#pragma once
// YAML text as a plain tree with places. Format: YAML 1.2 as yaml-cpp reads it, less explicit tags.

#include <deque>
#include <string>
#include <vector>

#include "lib/policy/source.h"

namespace gs::policy {

struct YamlNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  Place place;                         // a map's missing value is where its key is
  bool item = false;                   // of a list
  std::string text;                    // of a scalar
  std::vector<const YamlNode*> items;  // of a list; of a map: key, value, key, value, …
};

// Owns its nodes. An alias is the very node that it names, so one node can have several parents,
// but never itself among them.
struct Tree {
  std::deque<YamlNode> nodes;
  const YamlNode* root = nullptr;  // null for an empty text
};

// Throws core::Error as `source` words it: what yaml-cpp refuses, several documents, duplicate
// keys, tags, nesting beyond 32 levels. Stack and memory are bounded for any text.
Tree read_tree(const Source& source);

}  // namespace gs::policy
