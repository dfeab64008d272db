#pragma once
// Modules that no file of a tree is, and that a build, a checkout or a link may put there: a source
// of another language, a template or a definition of that name, an ignored path, a submodule.

#include <string>
#include <vector>

#include "analyzers/broken_references.h"
#include "lib/core/ids.h"
#include "lib/git/repository.h"

namespace gs::conflicts {

// Fills in the doubt of those that are certain so far. `commits`: whose trees are looked at, those
// with the importing files; `roots`: as python::python_roots gives them. Trees are read and git is
// asked (gitignore(5)) only where there is any. Throws core::Error (broken).
void doubt_built_modules(const git::Repository& repository,
                         const std::vector<core::ObjectId>& commits,
                         const std::vector<std::string>& roots,
                         std::vector<analyzers::BrokenImport>& broken);

}  // namespace gs::conflicts
