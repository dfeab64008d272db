#include "lib/git/objects/object_database.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/objects/object_folders.h"
#include "lib/git/objects/object_id.h"
#include "lib/git/run_git.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

// The first line of a commit or tag, "KEY ID".
core::ObjectId header_id(const std::string& content, std::string_view key,
                         const core::ObjectId& of) {
  const std::string_view text = content;
  if (text.starts_with(key)) {
    if (const auto id =
            core::ObjectId::from_hex(text.substr(key.size(), core::hex_digits(of.format))))
      return *id;
  }
  throw core::Error(core::ExitCode::broken, "object " + of.hex() + " is damaged",
                    "git fsck names broken objects");
}

// What `git cat-file --batch` prints of one object: "ID TYPE SIZE", or "ID missing", a line; the
// content, and a line's end.
std::optional<RawObject> parse_batch(std::string_view output) {
  std::string_view line = core::take_line(output);
  core::take_part(line, ' ');
  const auto type = type_named(core::take_part(line, ' '));
  if (!type || output.empty()) return std::nullopt;
  output.remove_suffix(1);
  return RawObject{*type, std::string(output)};
}

}  // namespace

Objects::Objects(fs::path common_dir, core::ObjectFormat format)
    : common_dir_(std::move(common_dir)), format_(format) {}

void Objects::also_read(fs::path folder) {
  const std::lock_guard lock(mutex_);
  own();
  find_others();
  stores_.push_back({folder, std::nullopt});
  more_.push_back(std::move(folder));
}

void Objects::read_no_more(const fs::path& folder) {
  const std::lock_guard lock(mutex_);
  std::erase(more_, folder);
  std::erase_if(stores_, [&](const Store& store) { return store.folder == folder; });
  recent_.reset();
}

void Objects::hold(const core::ObjectId& id, RawObject object) {
  const std::lock_guard lock(mutex_);
  Held& held = held_[id];
  held.object = std::move(object);
  ++held.times;
}

void Objects::let_go(const core::ObjectId& id) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.find(id);
  if (held != held_.end() && --held->second.times == 0) held_.erase(held);
}

Objects::Store& Objects::own() const {
  if (stores_.empty()) stores_.push_back({objects_folder(common_dir_), std::nullopt});
  return stores_.front();
}

void Objects::find_others() const {
  if (std::exchange(all_found_, true)) return;
  const std::vector<fs::path> folders = all_object_folders(common_dir_);
  for (std::size_t i = 1; i < folders.size(); ++i) stores_.push_back({folders[i], std::nullopt});
}

PackedObjects& Objects::packed(Store& store) const {
  if (!store.packed) store.packed.emplace(Packs({store.folder}, format_));
  return *store.packed;
}

// What was staged or committed lately is loose, the rest in packs; what is asked for together is
// mostly of one kind, so packs that had the last object come first. Packs that came while we run
// are looked for at the end: others may have put there what was loose.
template <class Loose, class Packed>
auto Objects::find(Loose loose, Packed packed_in) const -> decltype(loose(own())) {
  decltype(loose(own())) found;
  const auto in_packs = [&](std::size_t number) {
    found = packed_in(packed(stores_[number]));
    recent_ = found ? std::optional(number) : std::nullopt;
    return found.has_value();
  };
  if (recent_ && in_packs(*recent_)) return found;
  const auto in_store = [&](std::size_t number) {
    found = loose(stores_[number]);
    return found || in_packs(number);
  };
  own();
  if (in_store(0)) return found;
  find_others();
  for (std::size_t i = 1; i < stores_.size(); ++i) {
    if (in_store(i)) return found;
  }
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    if (packed(stores_[i]).look_again() && in_store(i)) return found;
  }
  return std::nullopt;
}

// Nothing: it is not here. What is damaged, git says best.
std::optional<RawObject> Objects::ask_git(const core::ObjectId& id) const {
  const bool may_be_here = std::ranges::any_of(stores_, [&](Store& store) {
    return has_loose(store.folder, id) || packed(store).may_have(id);
  });
  if (!may_be_here) return std::nullopt;
  std::vector<std::string> set;
  if (!more_.empty()) {
    std::string folders = environment("GIT_ALTERNATE_OBJECT_DIRECTORIES").value_or("");
    for (const fs::path& more : more_) folders += (folders.empty() ? "" : ":") + more.string();
    set.push_back("GIT_ALTERNATE_OBJECT_DIRECTORIES=" + folders);
  }
  const process::Result result =
      run_git(common_dir_, {"cat-file", "--batch"}, std::move(set), id.hex() + "\n");
  if (auto object = parse_batch(result.output)) return object;
  if (result.status == 0) return std::nullopt;
  throw core::Error(core::ExitCode::broken,
                    "cannot read object " + id.hex() + ": " + first_line(result.errors),
                    "git fsck names broken objects");
}

RawObject Objects::read(const core::ObjectId& id) const {
  if (id.format != format_) throw of_other_format(id);
  const std::lock_guard lock(mutex_);
  if (const auto held = held_.find(id); held != held_.end()) return held->second.object;
  auto found = find([&](Store& store) { return read_loose(store.folder, id, inflater_); },
                    [&](PackedObjects& packs) { return packs.read(id, inflater_); });
  if (!found) found = ask_git(id);
  if (!found) throw MissingObject(id);
  return std::move(*found);
}

std::optional<RawObject::Type> Objects::type(const core::ObjectId& id) const {
  if (id.format != format_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (const auto held = held_.find(id); held != held_.end()) return held->second.object.type;
  const auto found = find(
      [&](Store& store) {
        const auto loose = read_loose(store.folder, id, inflater_);
        return loose ? std::optional(loose->type) : std::nullopt;
      },
      [&](PackedObjects& packs) { return packs.type(id); });
  if (found) return found;
  const auto object = ask_git(id);
  return object ? std::optional(object->type) : std::nullopt;
}

std::string Objects::blob(const core::ObjectId& id) const {
  RawObject object = read(id);
  if (object.type != RawObject::Type::blob)
    throw core::Error(core::ExitCode::broken, "object " + id.hex() + " is no file's content");
  return std::move(object.content);
}

std::string Objects::tree(const core::ObjectId& id) {
  if (id == empty_tree(format_)) return {};
  RawObject object = read(id);
  if (object.type != RawObject::Type::tree)
    throw core::Error(core::ExitCode::broken, "object " + id.hex() + " is no tree");
  return std::move(object.content);
}

core::ObjectId Objects::tree_of(const core::ObjectId& commit) const {
  const RawObject object = read(commit);
  if (object.type != RawObject::Type::commit)
    throw core::Error(core::ExitCode::broken, "object " + commit.hex() + " is no commit");
  return header_id(object.content, "tree ", commit);
}

std::optional<core::ObjectId> Objects::peel_to_commit(core::ObjectId id) const {
  while (true) {
    const std::optional<RawObject::Type> kind = type(id);
    if (!kind) throw MissingObject(id);
    if (*kind == RawObject::Type::commit) return id;
    if (*kind != RawObject::Type::tag) return std::nullopt;
    id = header_id(read(id).content, "object ", id);
  }
}

namespace {

class OwnBlobs : public BlobReader {
 public:
  OwnBlobs(const fs::path& common_dir, core::ObjectFormat format, const std::vector<fs::path>& more)
      : objects_(common_dir, format) {
    for (const fs::path& folder : more) objects_.also_read(folder);
  }
  void hold(const core::ObjectId& id, const RawObject& object) { objects_.hold(id, object); }
  std::string blob(const core::ObjectId& id) override { return objects_.blob(id); }

 private:
  Objects objects_;
};

}  // namespace

std::unique_ptr<BlobReader> Objects::blob_reader() const {
  const std::lock_guard lock(mutex_);
  auto reader = std::make_unique<OwnBlobs>(common_dir_, format_, more_);
  for (const auto& [id, held] : held_) {
    if (held.object.type == RawObject::Type::blob) reader->hold(id, held.object);
  }
  return reader;
}

}  // namespace gs::git
