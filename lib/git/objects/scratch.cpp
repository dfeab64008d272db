#include "lib/git/objects/scratch.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <span>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/git/objects/object_database.h"
#include "lib/git/objects/object_folders.h"
#include "lib/git/refs/graph.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

constexpr char kPrefix[] = "scratch-";

void remove_leftovers(const fs::path& folder) {
  constexpr std::chrono::hours kDay{24};
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().native().starts_with(kPrefix)) continue;
    std::error_code ignored;
    const auto made = fs::last_write_time(it->path(), ignored);
    if (!ignored && fs::file_time_type::clock::now() - made > kDay)
      fs::remove_all(it->path(), ignored);
  }
}

}  // namespace

ScratchFolder::ScratchFolder(const Layout& layout) {
  const fs::path folder = layout.common_dir / "stream";
  std::error_code failed;
  fs::create_directories(folder, failed);
  remove_leftovers(folder);
  std::string name = (folder / kPrefix).string() + "XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    throw core::Error(core::ExitCode::broken,
                      "cannot make the folder " + name + ": " + std::strerror(errno));
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

namespace fs = std::filesystem;

namespace {

using core::Change;
using core::ObjectId;

std::string item_bytes(std::uint32_t mode, std::string_view name, const ObjectId& id) {
  char octal[16];
  std::snprintf(octal, sizeof octal, "%o ", static_cast<unsigned>(mode));
  std::string bytes = octal;
  bytes += name;
  bytes += '\0';
  return bytes.append(id.raw());
}

struct Item {
  std::string name;
  std::uint32_t mode;
  ObjectId id;
};

}  // namespace

struct ScratchObjects::Impl {
  const Repository& repository;
  std::optional<ScratchFolder> scratch;  // as soon as git is to see what was made
  std::set<ObjectId> all;                // of what was made; it is held in memory
  std::vector<ObjectId> unwritten;       // not in the folder yet

  explicit Impl(const Repository& given) : repository(given) {}
  ~Impl() {
    if (scratch) repository.objects().read_no_more(scratch->path() / "objects");
    for (const ObjectId& id : all) repository.objects().let_go(id);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const fs::path& folder() {
    if (!scratch) {
      scratch.emplace(repository.layout());
      prepare(scratch->path());
    }
    for (const ObjectId& id : unwritten) {
      const RawObject object = repository.objects().read(id);
      write_loose(scratch->path() / "objects", object.type, object.content, id.format);
    }
    unwritten.clear();
    return scratch->path();
  }

  void prepare(const fs::path& folder) const {
    // By a link, so that no byte of the repository's path has to be quoted for git.
    fs::create_directories(folder / "objects" / "info");
    const fs::path common = repository.layout().common_dir / "objects",
                   incoming = objects_folder(repository.layout().common_dir);
    fs::create_directory_symlink(common, folder / "others");
    std::string alternates = "../others\n";
    if (incoming != common) {  // what a push brings is apart until it is accepted
      fs::create_directory_symlink(fs::absolute(incoming), folder / "incoming");
      alternates += "../incoming\n";
    }
    std::ofstream(folder / "objects" / "info" / "alternates") << alternates;
    repository.objects().also_read(folder / "objects");
  }

  ObjectId write(RawObject::Type type, const std::string& content) {
    const ObjectId id = object_id(name_of(type), content, repository.object_format());
    if (!all.insert(id).second) return id;
    repository.objects().hold(id, {type, content});
    unwritten.push_back(id);
    return id;
  }

  // The items of a folder with the changes below it, whose paths begin at `depth`. Nothing: empty.
  std::optional<ObjectId> lay(const std::optional<ObjectId>& base, std::size_t depth,
                              std::span<const Change> changes) {
    std::vector<Item> items;
    if (base) {
      const std::string bytes = repository.objects().tree(*base);
      for (TreeReader reader(bytes, base->format); !reader.done(); reader.next())
        items.push_back({std::string(reader.item().name), reader.item().mode, reader.item().id});
    }
    while (!changes.empty()) {
      const std::string_view rest = std::string_view(changes.front().path).substr(depth);
      const std::string name(rest.substr(0, rest.find('/')));
      const auto inside = [&](const Change& change) {
        const std::string_view other = std::string_view(change.path).substr(depth);
        return other.substr(0, other.find('/')) == name;
      };
      const std::size_t count =
          static_cast<std::size_t>(std::ranges::find_if_not(changes, inside) - changes.begin());
      put(items, name, depth, changes.first(count));
      changes = changes.subspan(count);
    }
    if (items.empty()) return std::nullopt;
    std::ranges::sort(items, [](const Item& a, const Item& b) {
      return compare_names(a.name, a.mode == core::mode::tree, b.name, b.mode == core::mode::tree) <
             0;
    });
    std::string bytes;
    for (const Item& item : items) bytes += item_bytes(item.mode, item.name, item.id);
    return write(RawObject::Type::tree, bytes);
  }

  // A file may give way to a folder of its name, and the other way round.
  void put(std::vector<Item>& items, const std::string& name, std::size_t depth,
           std::span<const Change> changes) {
    const auto old = std::ranges::find(items, name, &Item::name);
    std::optional<ObjectId> below;
    if (old != items.end() && old->mode == core::mode::tree) below = old->id;
    std::optional<Item> made;
    std::vector<Change> deeper;
    for (const Change& change : changes) {
      if (change.path.size() > depth + name.size()) {
        deeper.push_back(change);
      } else if (change.new_mode != core::mode::none) {
        made = Item{name, change.new_mode, change.new_id};
      }
    }
    if (!deeper.empty()) {
      const auto tree = lay(below, depth + name.size() + 1, deeper);
      if (tree) made = Item{name, core::mode::tree, *tree};
    }
    if (old != items.end()) items.erase(old);
    if (made) items.push_back(std::move(*made));
  }
};

ScratchObjects::ScratchObjects(const Repository& repository)
    : impl_(std::make_unique<Impl>(repository)) {}

ScratchObjects::~ScratchObjects() = default;

std::vector<std::string> ScratchObjects::variables() const {
  return {"GIT_OBJECT_DIRECTORY=" + (impl_->folder() / "objects").string()};
}

const fs::path& ScratchObjects::folder() const {
  return impl_->folder();
}

core::ObjectFormat ScratchObjects::format() const {
  return impl_->repository.object_format();
}

ObjectId ScratchObjects::blob(const std::string& content) {
  return impl_->write(RawObject::Type::blob, content);
}

ObjectId ScratchObjects::tree(const ObjectId& base, const core::ChangeSet& changes) {
  if (changes.empty()) return base;
  const auto made = impl_->lay(base, 0, changes);
  return made ? *made : impl_->write(RawObject::Type::tree, {});
}

ObjectId ScratchObjects::commit(const ObjectId& tree, const std::vector<ObjectId>& parents) {
  std::string text = "tree " + tree.hex() + '\n';
  for (const ObjectId& parent : parents) text += "parent " + parent.hex() + '\n';
  // As late as what it is made from: who looks for common ancestors goes back in time.
  std::int64_t time = 0;
  for (const ObjectId& parent : parents)
    time = std::max(time, impl_->repository.commits().time(parent));
  const std::string by = " git-stream <> " + std::to_string(time) + " +0000\n";
  text += "author" + by + "committer" + by + "\nnever made\n";
  return impl_->write(RawObject::Type::commit, text);
}

ObjectId ScratchObjects::tree_of(const ObjectId& commit) const {
  return impl_->repository.objects().tree_of(commit);
}

}  // namespace gs::git
