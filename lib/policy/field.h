#pragma once
// The rows of the tables that say which keys a map may have and which words a value may be.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/policy/yaml.h"

namespace gs::policy {

class Reader;

// One key of a map that is read into a T.
template <class T>
struct Field {
  std::string_view key;
  void (*read)(Reader&, const YamlNode&, T&);
  std::string_view example = {};  // of a required key, for the hint; empty: it may be left out

  std::string_view name() const { return key; }
};

// One word of a value that is one of several.
template <class E>
struct Word {
  std::string_view word;
  E value;

  std::string_view name() const { return word; }
};

template <class T>
const Field<T>* find_key(std::span<const Field<T>> table, std::string_view key) {
  for (const Field<T>& row : table) {
    if (row.key == key) return &row;
  }
  return nullptr;
}

template <class Row>
std::vector<std::string> names_of(std::span<const Row> table) {
  std::vector<std::string> all;
  for (const Row& row : table) all.emplace_back(row.name());
  return all;
}

}  // namespace gs::policy
