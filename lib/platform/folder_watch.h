#pragma once
// Waiting for files of folders to change: inotify(7), kqueue(2).

#include <chrono>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace gs::platform {

// whole: only files that appear by rename, go, or that a writer has left; spares those who watch
// every byte. On macOS it is as `any`.
enum class Changes { any, whole };

// Many folders watched at once, for those who wait for other things as well.
class FoldersWatch {
 public:
  explicit FoldersWatch(Changes changes = Changes::any);
  ~FoldersWatch();
  FoldersWatch(const FoldersWatch&) = delete;
  FoldersWatch& operator=(const FoldersWatch&) = delete;

  // From now on these; those that are not there, or beyond the system's limit, are passed over.
  // True when one of them was not watched before: what it holds may have changed meanwhile.
  bool watch(const std::vector<std::filesystem::path>& folders);
  // Whether any of them is.
  bool watches() const;

  // Readable when something has changed; -1 where the system gives no notice.
  int descriptor() const;
  // What was noted so far is seen. Whether it was about a file of this name, or a folder itself: on
  // macOS also when any file in it came or went.
  bool take(std::string_view name = {});

 private:
  struct Watches;
  std::unique_ptr<Watches> watches_;
};

// One file of a folder, or some time. Changes are noted from construction on, so: construct, look
// at the file, wait.
class FolderWatch {
 public:
  explicit FolderWatch(std::filesystem::path folder, Changes changes = Changes::any);

  // Returns when a file of this name was written, replaced or removed, when `longest` has passed,
  // or earlier (a signal, or a folder that cannot be watched): look again in any case.
  void wait(std::string_view name, std::chrono::milliseconds longest);

 private:
  std::vector<std::filesystem::path> folder_;
  FoldersWatch watch_;
};

}  // namespace gs::platform
