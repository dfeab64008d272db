// A tree with changes laid over it answers as the tree that the changes make.

#include <algorithm>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <map>
#include <random>
#include <set>

#include "lib/git/repository.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

using core::ObjectId;
using testing::ElementsAre;

const std::vector<std::string> kNames{"a",           "b",     "a.py", "b.pyi",
                                      "__init__.py", "a.txt", ".h",   "__pycache__"};

std::string random_path(std::mt19937& random) {
  std::string path;
  for (std::size_t depth = random() % 3; depth > 0; --depth)
    path += kNames[std::vector<std::size_t>{0, 1, 6, 7}[random() % 4]] + "/";
  return path + kNames[2 + random() % 4];
}

// Every question that can be asked about these folders and files, and what a plain list answers.
class Expected {
 public:
  explicit Expected(const std::map<std::string, std::string>& files) : files_(files) {}
  bool holds_python(const std::string& folder) const {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    return std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
      return file.first.starts_with(prefix) && file.second != "link" &&
             core::is_python_source(std::string_view(file.first).substr(prefix.size()));
    });
  }
  std::vector<std::string> folders(const std::string& folder) const {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    std::set<std::string> names;
    for (const auto& [path, kind] : files_) {
      const std::size_t slash = path.find('/', prefix.size());
      if (path.starts_with(prefix) && slash != path.npos)
        names.insert(path.substr(prefix.size(), slash - prefix.size()));
    }
    return {names.begin(), names.end()};
  }

 private:
  const std::map<std::string, std::string>& files_;
};

class TreeViewTest : public testing::Test {
 protected:
  git::Repository open() const { return git::Repository::discover(repo_.path()); }

  // The index as git lists it: path to blob id, or "link".
  std::map<std::string, std::string> listed() const {
    std::map<std::string, std::string> files;
    for (const std::string& line : split(repo_.git({"ls-files", "--stage", "-z"}), '\0')) {
      const std::size_t tab = line.find('\t');
      files[line.substr(tab + 1)] =
          line.starts_with("120000") ? "link" : line.substr(7, id_digits());
    }
    return files;
  }

  void expect_same(core::SourceTree& view) const {
    const auto files = listed();
    const Expected expected(files);
    std::set<std::string> asked{"", "a", "a/b", "none", ".h", "a/__pycache__", "a.py"};
    for (const auto& [path, kind] : files) {
      asked.insert(path);
      for (std::size_t slash = path.find('/'); slash != path.npos;
           slash = path.find('/', slash + 1))
        asked.insert(path.substr(0, slash));
    }
    for (const std::string& path : asked) {
      const auto found = files.find(path);
      const bool regular = found != files.end() && found->second != "link";
      EXPECT_EQ(view.file(path), regular ? ObjectId::from_hex(found->second) : std::nullopt)
          << path;
      EXPECT_EQ(view.holds_python(path), expected.holds_python(path)) << path;
      EXPECT_EQ(view.folders(path), expected.folders(path)) << path;
    }
  }

  TempRepo repo_;
};

TEST_F(TreeViewTest, AnswersAsTheChangedTree) {
  std::mt19937 random(7);
  for (int round = 0; round < 25; ++round) {
    for (int edit = 0; edit < 6; ++edit) {
      const std::string path = random_path(random);
      repo_.try_git({"rm", "-rqf", "--cached", "--ignore-unmatch", "--", path});
      if (random() % 3 == 0) continue;
      const bool link = random() % 8 == 0;
      repo_.write("blob", fmt::format("{}", random()));
      const std::string id = trimmed(repo_.git({"hash-object", "-w", "blob"}));
      repo_.git({"update-index", "--add", "--replace", "--cacheinfo",
                 fmt::format("{},{},{}", link ? "120000" : "100644", id, path)});
    }
    const git::Repository repository = open();
    SCOPED_TRACE(round);
    expect_same(*repository.source_tree(repository.head(), repository.staged_changes()));
    if (random() % 3 == 0) {
      repo_.git({"commit", "-qm", "round", "--allow-empty", "--no-verify"});
      const git::Repository again = open();
      expect_same(*again.source_tree(again.head()));
    }
  }
}

TEST_F(TreeViewTest, FilesOfBothKindsAreFound) {
  repo_.write("pkg/m.py", "1");
  repo_.write("pkg/run.py", "2");
  std::filesystem::permissions(repo_.path() / "pkg/run.py", std::filesystem::perms::owner_all);
  repo_.commit_all("one");
  const git::Repository repository = open();
  const auto view = repository.source_tree(repository.head());
  EXPECT_TRUE(view->file("pkg/m.py"));
  EXPECT_TRUE(view->file("pkg/run.py"));
  EXPECT_FALSE(view->file("pkg"));
}

}  // namespace
}  // namespace gs::test
