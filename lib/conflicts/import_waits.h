#pragma once
// Whose work a stream's work imports: known from the branches alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/app/session.h"
#include "lib/conflicts/stream_work.h"

namespace gs::streams {

enum class Made { added, changed, deleted };  // what a branch has made of a module's file

constexpr std::string_view made_name(Made made) {
  return made == Made::added ? "added" : made == Made::changed ? "changed" : "deleted";
}

struct ImportWait {
  std::size_t stream = 0, on = 0;  // numbers of the works
  std::string path;                // a Python file that the one has changed
  std::uint32_t line = 0;
  std::string module;  // what it imports, a file that the other has changed
  Made made = Made::changed;
  bool type_checking = false;
  std::string file;  // that the module is, or was

  bool operator==(const ImportWait&) const = default;
};

// What each work's changed Python files import, new or not, as modules are found at its tip, or at
// the other's tip where that has added them. A module that both have changed says nothing: each
// imports its own version. Each file, module and pair once: a plain import before one for type
// checking only, then the first line. By stream, path, line and module.
std::vector<ImportWait> import_waits(app::Session& session, const std::vector<StreamWork>& works);

}  // namespace gs::streams
