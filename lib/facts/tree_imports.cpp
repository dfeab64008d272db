#include "lib/facts/tree_imports.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>

#include "lib/facts/blob_facts.h"
#include "lib/python/imports/imports.h"
#include "lib/python/interface/calls.h"
#include "lib/python/interface/interface.h"
#include "lib/python/names/unbound_names.h"

namespace gs::facts {

struct TreeImports::Impl {
  explicit Impl(const git::Repository& repository)
      : cache(open_fact_cache(repository.layout())), reader(cache) {}

  void list_files();
  void find_facts(const git::Repository& repository, const Progress& progress);
  void keep(const std::vector<core::ObjectId>& blobs);

  ListedTree tree;
  std::vector<FileImports> files;
  facts::FactCache cache;
  facts::FactCache::Reader reader;  // known facts are views into it
  std::vector<std::string> extracted;
};

void TreeImports::Impl::list_files() {
  tree.finish();
  for (std::size_t number = 0; number < tree.size(); ++number) {
    if (tree.is_python(number))
      files.push_back({std::string(tree.path(number)), tree.id(number), {}});
  }
}

void TreeImports::Impl::keep(const std::vector<core::ObjectId>& blobs) {
  std::vector<facts::FactCache::Entry> entries;
  entries.reserve(blobs.size());
  for (std::size_t i = 0; i < blobs.size(); ++i)
    entries.push_back({facts::FactKind::imports, blobs[i], extracted[i]});
  cache.put(entries);
}

void TreeImports::Impl::find_facts(const git::Repository& repository, const Progress& progress) {
  // By blob: the cache is in this order, and files of one content stand together.
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return files[a].blob != files[b].blob ? files[a].blob < files[b].blob : a < b;
  });
  std::vector<std::size_t> unknown;  // the first file of each content that is
  for (std::size_t i = 0; i < order.size(); ++i) {
    FileImports& file = files[order[i]];
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

TreeImports::TreeImports(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TreeImports::TreeImports(TreeImports&&) noexcept = default;
TreeImports::~TreeImports() = default;

TreeImports TreeImports::of_index(const git::Repository& repository, const Progress& progress) {
  auto impl = std::make_unique<Impl>(repository);
  repository.each_staged(
      [&](std::string_view path, const git::TreeEntry& entry) { impl->tree.add(path, entry); });
  impl->list_files();
  impl->find_facts(repository, progress);
  return TreeImports(std::move(impl));
}

TreeImports TreeImports::of_commit(const git::Repository& repository, const core::ObjectId& commit,
                                   const Progress& progress) {
  auto impl = std::make_unique<Impl>(repository);
  repository.each_file(commit, [&](std::string_view path, const git::TreeEntry& entry) {
    impl->tree.add(path, entry);
  });
  impl->list_files();
  impl->find_facts(repository, progress);
  return TreeImports(std::move(impl));
}

const std::vector<FileImports>& TreeImports::files() const {
  return impl_->files;
}

core::SourceTree& TreeImports::tree() {
  return impl_->tree;
}

std::optional<core::ObjectId> TreeImports::blob(std::string_view path) const {
  return impl_->tree.blob(path);
}

facts::FactCache open_fact_cache(const git::Layout& layout) {
  constexpr std::uint32_t kFactsVersion = python::kImportsVersion << 20U |
                                          python::kInterfaceVersion << 10U |
                                          python::kNamesVersion << 5U | python::kCallsVersion;
  return {layout.common_dir / "stream" / "facts", kFactsVersion};
}

void ListedTree::add(std::string_view path, const git::TreeEntry& entry) {
  const bool python = core::is_python_source(entry.mode, path);
  entries_.push_back(
      {paths_.size(), static_cast<std::uint32_t>(path.size()), entry.mode, python, entry.id});
  paths_.append(path);
}

std::string_view ListedTree::path(std::size_t number) const {
  const Entry& entry = entries_[number];
  return std::string_view(paths_).substr(entry.begin, entry.length);
}

void ListedTree::finish() {
  const auto text = [this](const Entry& entry) {
    return std::string_view(paths_).substr(entry.begin, entry.length);
  };
  const auto by_path = [&](const Entry& a, const Entry& b) { return text(a) < text(b); };
  // Only a tree that no git has written is in another order.
  if (!std::is_sorted(entries_.begin(), entries_.end(), by_path))
    std::stable_sort(entries_.begin(), entries_.end(), by_path);
  slots_.assign(std::bit_ceil(2 * entries_.size() + 1), 0);
  for (std::size_t number = 0; number < entries_.size(); ++number) {
    std::size_t at = std::hash<std::string_view>()(path(number));
    while (slots_[at & (slots_.size() - 1)] != 0) ++at;
    slots_[at & (slots_.size() - 1)] = static_cast<std::uint32_t>(number + 1);
    if (!entries_[number].python) continue;
    std::string_view folder = path(number);
    do {
      const std::size_t slash = folder.rfind('/');
      folder = folder.substr(0, slash == folder.npos ? 0 : slash);
    } while (python_folders_.insert(folder).second && !folder.empty());
  }
}

const ListedTree::Entry* ListedTree::find(std::string_view wanted) const {
  if (slots_.empty()) return nullptr;
  for (std::size_t at = std::hash<std::string_view>()(wanted);; ++at) {
    const std::uint32_t slot = slots_[at & (slots_.size() - 1)];
    if (slot == 0) return nullptr;
    if (path(slot - 1) == wanted) return &entries_[slot - 1];
  }
}

std::optional<core::ObjectId> ListedTree::file(std::string_view path) {
  const Entry* entry = find(path);
  return entry != nullptr && core::mode::is_regular(entry->mode) ? std::optional(entry->id)
                                                                 : std::nullopt;
}

std::optional<core::ObjectId> ListedTree::blob(std::string_view path) const {
  const Entry* entry = find(path);
  if (entry == nullptr || entry->mode == core::mode::gitlink) return std::nullopt;
  return entry->id;
}

bool ListedTree::holds_python(std::string_view folder) {
  return python_folders_.contains(folder);
}

std::size_t ListedTree::first_from(std::string_view wanted) const {
  const auto before = [this](const Entry& entry, std::string_view text) {
    return std::string_view(paths_).substr(entry.begin, entry.length) < text;
  };
  return static_cast<std::size_t>(
      std::lower_bound(entries_.begin(), entries_.end(), wanted, before) - entries_.begin());
}

std::vector<std::string> ListedTree::folders(std::string_view folder) {
  std::vector<std::string> names;
  std::string prefix(folder);
  if (!prefix.empty()) prefix.push_back('/');
  std::size_t at = first_from(prefix);
  while (at < entries_.size() && path(at).starts_with(prefix)) {
    const std::string_view rest = path(at).substr(prefix.size());
    const std::size_t slash = rest.find('/');
    if (slash == rest.npos) {
      ++at;
      continue;
    }
    names.emplace_back(rest.substr(0, slash));
    at = first_from(prefix + names.back() + static_cast<char>('/' + 1));
  }
  return names;
}

}  // namespace gs::facts
