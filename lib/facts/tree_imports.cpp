#include "lib/facts/tree_imports.h"

#include <algorithm>
#include <numeric>

#include "lib/facts/extraction.h"
#include "lib/facts/listed_tree.h"
#include "lib/python/interface/calls.h"
#include "lib/python/imports/imports.h"
#include "lib/python/interface/interface.h"

namespace gs::facts {

struct Survey::Impl {
  explicit Impl(const git::Repository& repository)
      : cache(open_fact_cache(repository.layout())), reader(cache) {}

  void list_files();
  void find_facts(const git::Repository& repository, const Progress& progress);
  void keep(const std::vector<core::ObjectId>& blobs);

  ListedTree tree;
  std::vector<SurveyedFile> files;
  facts::FactCache cache;
  facts::FactCache::Reader reader;  // known facts are views into it
  std::vector<std::string> extracted;
};

void Survey::Impl::list_files() {
  tree.finish();
  for (std::size_t number = 0; number < tree.size(); ++number) {
    if (tree.is_python(number))
      files.push_back({std::string(tree.path(number)), tree.id(number), {}});
  }
}

void Survey::Impl::keep(const std::vector<core::ObjectId>& blobs) {
  std::vector<facts::FactCache::Entry> entries;
  entries.reserve(blobs.size());
  for (std::size_t i = 0; i < blobs.size(); ++i)
    entries.push_back({facts::FactKind::imports, blobs[i], extracted[i]});
  cache.put(entries);
}

void Survey::Impl::find_facts(const git::Repository& repository, const Progress& progress) {
  // By blob: the cache is in this order, and files of one content stand together.
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return files[a].blob != files[b].blob ? files[a].blob < files[b].blob : a < b;
  });
  std::vector<std::size_t> unknown;  // the first file of each content that is
  for (std::size_t i = 0; i < order.size(); ++i) {
    SurveyedFile& file = files[order[i]];
    if (i > 0 && files[order[i - 1]].blob == file.blob) {
      file.facts = files[order[i - 1]].facts;
      continue;
    }
    const auto known = reader.get(facts::FactKind::imports, file.blob);
    if (known) file.facts = *known;
    if (!known) unknown.push_back(order[i]);
  }
  std::sort(unknown.begin(), unknown.end());  // as they stand in the tree
  std::vector<core::ObjectId> blobs;
  blobs.reserve(unknown.size());
  for (const std::size_t number : unknown) blobs.push_back(files[number].blob);
  const std::size_t known = files.size() - blobs.size();
  extracted = extract_imports(repository, blobs, [&](std::size_t done) {
    if (progress) progress(known + done, files.size());
  });
  if (progress && blobs.empty()) progress(files.size(), files.size());
  for (std::size_t i = 0; i < unknown.size(); ++i) files[unknown[i]].facts = extracted[i];
  for (std::size_t i = 1; i < order.size() && !unknown.empty(); ++i) {
    if (files[order[i - 1]].blob == files[order[i]].blob)
      files[order[i]].facts = files[order[i - 1]].facts;
  }
  keep(blobs);
}

Survey::Survey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Survey::Survey(Survey&&) noexcept = default;
Survey::~Survey() = default;

Survey Survey::of_index(const git::Repository& repository, const Progress& progress) {
  auto impl = std::make_unique<Impl>(repository);
  repository.each_staged(
      [&](std::string_view path, const git::TreeEntry& entry) { impl->tree.add(path, entry); });
  impl->list_files();
  impl->find_facts(repository, progress);
  return Survey(std::move(impl));
}

Survey Survey::of_commit(const git::Repository& repository, const core::ObjectId& commit,
                         const Progress& progress) {
  auto impl = std::make_unique<Impl>(repository);
  repository.each_file(commit, [&](std::string_view path, const git::TreeEntry& entry) {
    impl->tree.add(path, entry);
  });
  impl->list_files();
  impl->find_facts(repository, progress);
  return Survey(std::move(impl));
}

const std::vector<SurveyedFile>& Survey::files() const {
  return impl_->files;
}

core::SourceTree& Survey::tree() {
  return impl_->tree;
}

std::optional<core::ObjectId> Survey::blob(std::string_view path) const {
  return impl_->tree.blob(path);
}

facts::FactCache open_fact_cache(const git::Layout& layout) {
  constexpr std::uint32_t kFactsVersion =
      python::kImportsVersion << 20U | python::kInterfaceVersion << 10U | python::kCallsVersion;
  return {layout.common_dir / "stream" / "facts", kFactsVersion};
}

}  // namespace gs::facts
