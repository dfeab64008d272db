#include "lib/app/own_programs.h"

namespace gs::app {

std::filesystem::path own_program(std::string_view name) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  const bool is_hook =
      folder.filename() == "git-stream" && folder.parent_path().filename() == "libexec";
  const fs::path prefix = is_hook ? folder.parent_path().parent_path() : folder.parent_path();
  return name == "git-stream" ? prefix / "bin" / name : prefix / "libexec" / "git-stream" / name;
}

}  // namespace gs::app
