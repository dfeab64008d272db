// The staged diff of a repository in memory: ten files changed in ten of its folders.
#include <benchmark/benchmark.h>
#include <cstring>
#include <map>
#include <string>

#include "lib/git/index/index_file.h"
#include "lib/git/index/staged.h"

namespace {

using namespace gs;
using core::ObjectId;

constexpr int kInFolder = 20;

std::string number(std::uint32_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

std::string digits(int value) {
  const std::string text = std::to_string(value);
  return std::string(6 - text.size(), '0') + text;
}

ObjectId object(std::uint32_t value) {
  ObjectId id;
  std::memcpy(id.bytes.data(), &value, sizeof value);
  id.bytes[19] = 1;
  return id;
}

std::string raw(const ObjectId& id) {
  return std::string(id.raw());
}

// FOLDER/FILE, kInFolder files a folder. HEAD and index differ in one file of ten folders.
class Repository : public git::TreeSource {
 public:
  explicit Repository(int files) {
    const int folders = files / kInFolder;
    std::string entries, head_top, index_top, cache;
    for (int folder = 0; folder < folders; ++folder) {
      const bool changed = folder % (folders / 10) == 0;
      const std::string name = "folder_" + digits(folder);
      const ObjectId before = keep_folder(folder, false);
      const ObjectId after = changed ? keep_folder(folder, true) : before;
      for (int file = 0; file < kInFolder; ++file)
        entries += entry(name + "/module_" + digits(file) + ".py", blob(folder, file, changed));
      head_top += item("40000", name, before);
      index_top += item("40000", name, after);
      cache += name + '\0' + std::to_string(kInFolder) + " 0\n" + raw(after);
    }
    head_ = keep(head_top);
    const ObjectId root = keep(index_top);
    cache = '\0' + std::to_string(files) + ' ' + std::to_string(folders) + '\n' + raw(root) + cache;
    index_ = "DIRC" + number(2, 4) + number(static_cast<std::uint32_t>(files), 4) + entries +
             "TREE" + number(static_cast<std::uint32_t>(cache.size()), 4) + cache +
             std::string(20, '\0');
  }

  std::string tree(const ObjectId& id) override { return trees_.at(raw(id)); }
  const ObjectId& head() const { return head_; }
  const std::string& index() const { return index_; }

 private:
  static ObjectId blob(int folder, int file, bool changed) {
    const auto plain = static_cast<std::uint32_t>(folder * kInFolder + file);
    return object(changed && file == 7 ? 0x40000000U | plain : plain);
  }
  static std::string item(const std::string& mode, const std::string& name, const ObjectId& id) {
    return mode + ' ' + name + '\0' + raw(id);
  }
  static std::string entry(const std::string& path, const ObjectId& id) {
    std::string bytes = std::string(24, '\0') + number(0100644, 4) + std::string(12, '\0') +
                        raw(id) + number(static_cast<std::uint32_t>(path.size()), 2) + path;
    bytes.resize((bytes.size() + 8) & ~std::size_t{7});
    return bytes;
  }
  ObjectId keep_folder(int folder, bool changed) {
    std::string bytes;
    for (int file = 0; file < kInFolder; ++file)
      bytes += item("100644", "module_" + digits(file) + ".py", blob(folder, file, changed));
    return keep(bytes);
  }
  ObjectId keep(const std::string& bytes) {
    const ObjectId id = object(0x80000000U | static_cast<std::uint32_t>(trees_.size()));
    trees_[raw(id)] = bytes;
    return id;
  }

  std::map<std::string, std::string> trees_;
  std::string index_;
  ObjectId head_;
};

void expect_ten(benchmark::State& state, const git::StagedDiff& diff) {
  if (diff.changes.size() != 10) state.SkipWithError("not the ten files that were changed");
  benchmark::DoNotOptimize(diff);
}

void walk_index(benchmark::State& state) {
  Repository repository(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    expect_ten(state, git::diff_index(git::IndexFile(repository.index(), core::ObjectFormat::sha1),
                                      repository, repository.head()));
  }
}
BENCHMARK(walk_index)->Arg(1000)->Arg(31000)->Arg(100000)->Unit(benchmark::kMicrosecond);

void compare_noted_tree(benchmark::State& state) {
  Repository repository(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    expect_ten(state,
               git::diff_noted(repository, repository.head(),
                               git::noted_tree(repository.index(), core::ObjectFormat::sha1)));
  }
}
BENCHMARK(compare_noted_tree)->Arg(1000)->Arg(31000)->Arg(100000)->Unit(benchmark::kMicrosecond);

}  // namespace
