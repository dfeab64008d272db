#include "lib/streams/recovery.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/state/clock.h"

namespace gs::streams {

RepositoryLock::RepositoryLock(const git::Layout& layout) {
  const std::filesystem::path file = layout.common_dir / "stream" / "turn.lock";
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  descriptor_ =
      platform::Descriptor(open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  int status = descriptor_ ? 0 : -1;
  while (descriptor_ && (status = flock(descriptor_.get(), LOCK_EX)) != 0 && errno == EINTR) {
  }
  if (status == 0) return;
  throw core::Error(core::ExitCode::broken,
                    "cannot lock " + file.string() + ": " + std::strerror(errno));
}

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

fs::path record_file(const git::Layout& layout, const std::string& name) {
  return layout.common_dir / "stream" / (name + ".lock");
}

// Whether it is ours within a minute: git's own locks tell nobody when they become free.
bool locked_in_time(int descriptor) {
  constexpr auto kPause = std::chrono::milliseconds(50);
  constexpr int kTries = 60 * 20;
  for (int i = 0; i < kTries; ++i) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

}  // namespace

RecoveryRecord::RecoveryRecord(const git::Layout& layout, const std::string& name,
                               const std::string& doing, const std::string& again)
    : path_(record_file(layout, name)), interrupted_(pending(layout, name)) {
  fs::create_directories(path_.parent_path());
  file_ =
      platform::Descriptor(open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file_)
    throw Error(ExitCode::broken, "cannot open " + path_.string() + ": " + std::strerror(errno));
  if (!locked_in_time(file_.get())) {
    throw Error(ExitCode::broken, "git is still " + doing + ": it holds " + path_.string(),
                again + ", when it has ended");
  }
  if (interrupted_) text_ = git::read_file(path_).value_or("");
}

void RecoveryRecord::write(const std::string& text) {
  const bool written =
      ftruncate(file_.get(), 0) == 0 &&
      pwrite(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!written)
    throw Error(ExitCode::broken, "cannot write " + path_.string() + ": " + std::strerror(errno));
}

void RecoveryRecord::finish() {
  std::error_code ignored;  // one that stays makes the next one look again
  fs::remove(path_, ignored);
  file_.close();
}

bool RecoveryRecord::pending(const git::Layout& layout, const std::string& name) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(record_file(layout, name), ignored));
}

InheritedRecord::InheritedRecord(const RecoveryRecord& record) : descriptor_(record.descriptor()) {
  fcntl(descriptor_, F_SETFD, 0);
}

InheritedRecord::~InheritedRecord() {
  fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
}

StreamLog::StreamLog(session::Session& session, core::StreamId stream)
    : session_(session), stream_(std::move(stream)) {
  state::LogFilter filter;
  filter.stream = stream_.str();
  for (state::LogLine& line : state::read_log(session.state().activity(), filter).lines)
    lines_.push_back(std::move(line.activity));
}

void StreamLog::add_once(const std::string& agent, const std::string& action,
                         std::vector<std::pair<std::string, std::string>> fields,
                         const std::vector<std::string_view>& same) {
  state::Activity line{state::now(), agent, stream_.str(), action, std::move(fields)};
  const bool there = std::any_of(lines_.begin(), lines_.end(), [&](const state::Activity& old) {
    return old.action == action && core::same_holder(old.agent, agent) &&
           std::all_of(same.begin(), same.end(), [&](std::string_view field) {
             return state::log_field(old, field) == state::log_field(line, field);
           });
  });
  if (there) return;
  const std::string by = session_.named().name();
  if (!core::same_holder(by, agent)) line.fields.emplace_back("by", state::json_text(by));
  state::append(session_.state().activity(), line);
  lines_.push_back(std::move(line));
}

}  // namespace gs::streams
