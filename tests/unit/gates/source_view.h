#pragma once
// Python sources in memory, as a tree whose calls are looked at.

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "analyzers/broken_references.h"
#include "lib/python/imports/imports.h"
#include "lib/python/interface/calls.h"
#include "lib/python/interface/interface.h"

namespace gs::analyzers {

// A tree of sources in memory; a blob's id is its number.
class Sources : public core::SourceTree {
 public:
  explicit Sources(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  std::optional<core::ObjectId> file(std::string_view path) override {
    std::uint8_t number = 0;
    for (const auto& [name, source] : files_) {
      ++number;
      if (name == path) return core::ObjectId{{number}};
    }
    return std::nullopt;
  }
  bool holds_python(std::string_view folder) override {
    return std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
      return file.first.starts_with(std::string(folder) + "/");
    });
  }
  std::vector<std::string> folders(std::string_view) override { return {}; }

  const std::string& source(const core::ObjectId& id) const {
    return std::next(files_.begin(), id.bytes[0] - 1)->second;
  }

 private:
  std::map<std::string, std::string> files_;
};

struct SourceView {
  explicit SourceView(std::map<std::string, std::string> files) : tree(std::move(files)) {}

  Sources tree;
  python::ModuleMap modules{tree, {""}};
  std::map<core::ObjectId, core::Interface> interfaces;
  std::map<core::ObjectId, std::string> facts;
  std::map<core::ObjectId, core::Calls> calls;
  const core::Interface& interface_of(const core::ObjectId& id) {
    return interfaces.try_emplace(id, python::interface_of(tree.source(id))).first->second;
  }
  OfferedNames offered{tree, modules, [this](const auto& id) { return interface_of(id); }};
  CalledTree called{
      tree,
      modules,
      offered,
      [this](const auto& id) -> const core::Interface& { return interface_of(id); },
      [this](const auto& id) -> std::string_view {
        return facts.try_emplace(id, python::imports_of(tree.source(id))).first->second;
      },
      [this](const auto& id) -> const core::Calls& {
        return calls.try_emplace(id, *python::calls_of(tree.source(id))).first->second;
      }};
};

}  // namespace gs::analyzers
