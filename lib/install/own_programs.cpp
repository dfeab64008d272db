#include "lib/install/own_programs.h"

#include "lib/install/chained_hook.h"

namespace gs::install {

std::filesystem::path own_program() {
  namespace fs = std::filesystem;
  // The link's own name is not it: it ends in " (deleted)" once another version was installed.
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  const fs::path beside = folder / "git-stream";
  std::error_code ignored;
  if (fs::is_regular_file(beside, ignored)) return beside;
  return folder.parent_path() / "bin" / "git-stream";  // tests are programs of their own
}

std::vector<std::string> own_hook(std::string_view hook) {
  return {own_program().string(), hook_argument(hook), ""};
}

}  // namespace gs::install
