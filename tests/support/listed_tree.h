#pragma once
// A source tree that is a list of paths, and notes what it is asked.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/core/change.h"

namespace gs::test {

class ListedTree : public core::SourceTree {
 public:
  ListedTree() = default;
  explicit ListedTree(const std::vector<std::string>& files);

  void add(const std::string& path);

  std::optional<core::ObjectId> file(std::string_view path) override;
  bool holds_python(std::string_view folder) override;
  std::vector<std::string> folders(std::string_view folder) override;

  // How often each question was asked: "file llm/a.py", "holds llm".
  std::map<std::string, int, std::less<>> asked;
  bool noting = true;

 private:
  void note(std::string_view question, std::string_view path);

  std::set<std::string, std::less<>> files_, with_python_;
  std::map<std::string, std::set<std::string>, std::less<>> folders_;
};

}  // namespace gs::test
