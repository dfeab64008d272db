#include "lib/state/lock_store.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/state/files.h"
#include "lib/state/flock.h"
#include "lib/state/redo_record.h"
#include "lib/state/state_files.h"

namespace gs::state {

namespace fs = std::filesystem;

namespace {

fs::path record_of(const StateDir& state) {
  return state.root() / kRedoFile;
}

// From the beginning, whatever the descriptor's position is.
std::string read_all(int descriptor, const fs::path& file) {
  const std::size_t size = regular_size(descriptor, file);
  if (size > kStateLimit) fail_too_large(file, kStateLimit);
  std::string text(size, '\0');
  std::size_t used = 0;
  while (used < size) {
    const ssize_t count =
        pread(descriptor, text.data() + used, size - used, static_cast<off_t>(used));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_state("read", file, errno);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  text.resize(used);
  return text;
}

bool same_file(const platform::FileStamp& a, const platform::FileStamp& b) {
  return a.device == b.device && a.inode == b.inode;
}

platform::Mapping map_all(const Descriptor& file, const fs::path& name) {
  const std::size_t size = regular_size(file.get(), name);
  if (size > kStateLimit) fail_too_large(name, kStateLimit);
  auto mapping = platform::Mapping::of(file, size);
  if (!mapping) fail_state("read", name, errno);
  return std::move(*mapping);
}

// Under a lock, shared (then the text is where the kernel has it) or exclusive.
LockText read_locked(const Descriptor& file, const StateDir& state, Hold hold) {
  LockText read;
  if (hold == Hold::shared) {
    read.file.emplace(map_all(file, state.locks()));
  } else {
    read.text = read_all(file.get(), state.locks());
  }
  RedoRecord record;
  read_redo(record_of(state), record);
  const auto mark = platform::file_stamp(file);
  if (!mark || record.kind == RedoKind::none) return read;
  read.stamped = record.kind == RedoKind::stamped && record.file == *mark;
  if (record.kind == RedoKind::pending && same_file(record.file, *mark)) {
    if (auto whole = finished(record.change, read.bytes())) {
      read.file.reset();
      read.text = std::move(*whole);
    }
  }
  return read;
}

// Whether the name still stands for the open file: whoever replaced it would let two in at once.
bool still_there(const Descriptor& file, const fs::path& name) {
  struct stat held {
  }, there{};
  return fstat(file.get(), &held) == 0 && lstat(name.c_str(), &there) == 0 &&
         held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// Those files are written under the lock only: with the lock in hand, nobody is writing them.
bool is_leftover(std::string_view name) {
  if (!name.starts_with(kTemporaryPrefix)) return false;
  name.remove_prefix(kTemporaryPrefix.size());
  return std::any_of(kStateFiles.begin(), kStateFiles.end(), [&](const StateFile& kind) {
    return name.starts_with(std::string(kind.name) + '.');
  });
}

void remove_leftovers(const StateDir& state) {
  const std::unique_ptr<DIR, CloseFolder> folder(opendir(state.root().c_str()));
  if (!folder) return;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string_view name(&entry->d_name[0]);
    if (is_leftover(name)) unlink((state.root() / name).c_str());
  }
}

int write_at(int descriptor, std::string_view bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const ssize_t count =
        pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    offset += static_cast<std::size_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

}  // namespace

std::optional<LockText> read_lock_text(const StateDir& state) {
  for (;;) {
    if (!state_exists(state)) return std::nullopt;
    Descriptor file = open_state_file(state.locks());
    if (!file) {
      if (state.was_made()) fail_gone(state.locks());
      return std::nullopt;
    }
    regular_size(file.get(), state.locks());
    take_lock(file.get(), state.locks(), Hold::shared);
    if (!still_there(file, state.locks())) continue;
    LockText read = read_locked(file, state, Hold::shared);
    read.lock = std::move(file);
    return read;
  }
}

ExclusiveState::ExclusiveState(const StateDir& state) : state_(state) {
  const fs::path name = state.locks();
  do {
    if (!state_exists(state))
      fail_because(state.root(), "does not exist: the state was never set up", "git stream init");
    file_ = open_file(name, O_RDWR);
    cannot_write_ = file_ ? 0 : errno;
    // Another user's file, or a read-only folder: reading is enough for the lock.
    if (!file_ && (errno == EACCES || errno == EROFS || errno == EPERM))
      file_ = open_file(name, O_RDONLY);
    if (!file_ && errno == ENOENT) fail_gone(name);
    if (!file_) fail_state("lock", name, errno);
    regular_size(file_.get(), name);
    take_lock(file_.get(), name, Hold::exclusive);
  } while (!still_there(file_, name));
  remove_leftovers(state);
  if (cannot_write_ != 0) return;
  RedoRecord record;
  read_redo(record_of(state), record);
  const auto mark = platform::file_stamp(file_);
  if (record.kind != RedoKind::pending || !mark) return;
  if (same_file(record.file, *mark) && mark->size <= kStateLimit) {
    const std::string text = read_all(file_.get(), name);
    if (is_half_made(record.change, text)) write(record.change, text.size());
  }
  clear_redo(record_of(state), std::nullopt);
}

const LockText& ExclusiveState::text() {
  if (!text_) text_.emplace(read_locked(file_, state_, Hold::exclusive));
  return *text_;
}

LockFile ExclusiveState::load() {
  try {
    return parse_lock_file(text().bytes());
  } catch (const Damaged& damage) {
    fail_damaged(state_.locks(), damage.what());
  }
}

void ExclusiveState::save(LockFile file) {
  replace(render_lock_file(std::move(file)), true);
}

void ExclusiveState::write(const TextChange& change, std::size_t old_size) {
  int error = write_at(file_.get(), written_bytes(change), change.prefix);
  const std::size_t end = change.prefix + change.after.size();
  const bool too_long = change.after.size() != change.before.size() && old_size > end;
  if (error == 0 && too_long && ftruncate(file_.get(), static_cast<off_t>(end)) != 0) error = errno;
  if (error == 0) error = platform::sync_content(file_.get());
  if (error != 0) fail_state("write", state_.locks(), error);
}

void ExclusiveState::overwrite(std::string_view new_text) {
  const auto mark = platform::file_stamp(file_);
  const TextChange change{0, "", new_text, 0};
  clear_redo(record_of(state_), std::nullopt);
  write(change, mark ? mark->size : new_text.size() + 1);
  text_.reset();
}

void ExclusiveState::replace(std::string_view new_text, bool stamp) {
  const fs::path name = state_.locks(), record = record_of(state_);
  if (new_text.size() > kStateLimit)
    fail_because(name, "would grow beyond " + format_size(kStateLimit), "git stream locks");
  if (cannot_write_ != 0) fail_state("write", name, cannot_write_);
  const std::string old_text = text().text;
  const TextChange change = change_between(old_text, new_text);
  const auto mark = platform::file_stamp(file_);
  if (!mark) fail_state("write", name, errno);
  if (old_text == new_text) return clear_redo(record, stamp ? mark : std::nullopt);
  write_redo(record, *mark, change);
  try {
    write(change, old_text.size());
  } catch (...) {
    const bool taken_back = write_at(file_.get(), change.before, change.prefix) == 0 &&
                            ftruncate(file_.get(), static_cast<off_t>(old_text.size())) == 0;
    if (taken_back) clear_redo(record, std::nullopt);
    throw;
  }
  clear_redo(record, stamp ? platform::file_stamp(file_) : std::nullopt);
  text_.emplace(LockText{stamp, std::string(new_text)});
}

}  // namespace gs::state
