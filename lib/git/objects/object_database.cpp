#include "lib/git/objects/object_database.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/git/objects/object_id.h"

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

// Where a part of the list ends: at the next ':', which may stand in double quotes too.
std::size_t part_end(std::string_view list) {
  bool quoted = list.starts_with('"');
  for (std::size_t i = quoted ? 1 : 0; i < list.size(); ++i) {
    if (quoted && list[i] == '\\') {
      ++i;
    } else if (quoted && list[i] == '"') {
      quoted = false;
    } else if (!quoted && list[i] == ':') {
      return i;
    }
  }
  return list.size();
}

// GIT_ALTERNATE_OBJECT_DIRECTORIES: separated by ':', a part may be quoted as paths are.
std::vector<std::string> alternates() {
  std::vector<std::string> folders;
  const std::string value = environment("GIT_ALTERNATE_OBJECT_DIRECTORIES").value_or("");
  for (std::string_view rest = value; !rest.empty();) {
    const std::string_view part = rest.substr(0, part_end(rest));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    folders.push_back(core::unquote_path(part).value_or(std::string(part)));
  }
  return folders;
}

// All packs are mapped before the first is asked: of very many, that costs more than it saves.
Packs packs_in(const fs::path& folder, core::ObjectFormat format) {
  constexpr std::size_t kMost = 32;
  Packs packs(folder, format);
  return packs.size() > kMost ? Packs(std::vector<PackFile>()) : std::move(packs);
}

RawObject::Type type_of(git_object_t type) {
  switch (type) {
    case GIT_OBJECT_COMMIT:
      return RawObject::Type::commit;
    case GIT_OBJECT_TREE:
      return RawObject::Type::tree;
    case GIT_OBJECT_TAG:
      return RawObject::Type::tag;
    default:
      return RawObject::Type::blob;
  }
}

}  // namespace

Objects::Objects(fs::path common_dir, core::ObjectFormat format)
    : common_dir_(std::move(common_dir)), format_(format) {}

void Objects::also_read(fs::path folder) {
  const std::lock_guard lock(mutex_);
  more_.push_back(std::move(folder));
  odb_.reset();
}

void Objects::read_no_more(const fs::path& folder) {
  const std::lock_guard lock(mutex_);
  std::erase(more_, folder);
  odb_.reset();
}

const fs::path& Objects::folder() const {
  if (folder_.empty()) folder_ = objects_folder(common_dir_);
  return folder_;
}

git_odb* Objects::handle() const {
  if (odb_) return odb_.get();
  int status = 0;
  odb_ =
      make_handle<Odb>(status, [&](git_odb** out) { return git_odb_open(out, folder().c_str()); });
  check(status, "cannot open the objects in " + folder().string());
  for (const std::string& alternate : alternates()) {
    if (is_folder(alternate)) {
      check(git_odb_add_disk_alternate(odb_.get(), alternate.c_str()),
            "cannot open the objects in " + alternate);
    }
  }
  for (const fs::path& more : more_) {
    check(git_odb_add_disk_alternate(odb_.get(), more.c_str()),
          "cannot open the objects in " + more.string());
  }
  return odb_.get();
}

// In half the time of libgit2: what was staged or committed lately is loose, the rest in packs.
std::optional<RawObject> Objects::read_ourselves(const core::ObjectId& id) const {
  if (auto loose = read_loose(folder(), id, inflater_)) return loose;
  if (!packed_) packed_.emplace(packs_in(folder(), format_));
  return packed_->read(id, inflater_);
}

RawObject Objects::read(const core::ObjectId& id) const {
  const std::lock_guard lock(mutex_);
  if (auto own = read_ourselves(id)) return std::move(*own);
  const git_oid oid = to_oid(id);
  int status = 0;
  const auto object = make_handle<OdbObject>(
      status, [&](git_odb_object** out) { return git_odb_read(out, handle(), &oid); });
  if (status == GIT_ENOTFOUND) throw MissingObject(id);
  check(status, "cannot read object " + id.hex());
  const char* data = static_cast<const char*>(git_odb_object_data(object.get()));
  return {type_of(git_odb_object_type(object.get())),
          std::string(data, git_odb_object_size(object.get()))};
}

std::string Objects::blob(const core::ObjectId& id) const {
  RawObject object = read(id);
  if (object.type != RawObject::Type::blob)
    throw core::Error(core::ExitCode::broken, "object " + id.hex() + " is no file's content");
  return std::move(object.content);
}

std::optional<RawObject::Type> Objects::type(const core::ObjectId& id) const {
  const std::lock_guard lock(mutex_);
  const git_oid oid = to_oid(id);
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  const int status = git_odb_read_header(&size, &type, handle(), &oid);
  if (status == GIT_ENOTFOUND) return std::nullopt;
  check(status, "cannot read object " + id.hex());
  return type_of(type);
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

void Objects::require_commit(const core::ObjectId& id) const {
  if (type(id) != RawObject::Type::commit) throw MissingObject(id);
}

Objects::Graph Objects::graph() const {
  Graph graph;
  graph.lock_ = std::unique_lock(mutex_);
  int status = 0;
  graph.repository_ = make_handle<RepositoryHandle>(
      status, [&](git_repository** out) { return git_repository_wrap_odb(out, handle()); });
  check(status, "cannot open the repository");
  return graph;
}

namespace {

class OwnBlobs : public BlobReader {
 public:
  OwnBlobs(const fs::path& common_dir, core::ObjectFormat format, const std::vector<fs::path>& more)
      : objects_(common_dir, format) {
    for (const fs::path& folder : more) objects_.also_read(folder);
  }
  std::string blob(const core::ObjectId& id) override { return objects_.blob(id); }

 private:
  Objects objects_;
};

}  // namespace

std::unique_ptr<BlobReader> Objects::blob_reader() const {
  const std::lock_guard lock(mutex_);
  return std::make_unique<OwnBlobs>(common_dir_, format_, more_);
}

}  // namespace gs::git
