#pragma once
// Patterns that what is installed in a repository adds to every policy's `protected`: the settings
// that make agents ask us. In COMMONDIR/stream/protected, a line each.

#include <string>
#include <vector>

#include "lib/git/repository.h"

namespace gs::policy {

std::vector<std::string> installed_protection(const git::Layout& layout);
void note_protection(const git::Layout& layout, const std::vector<std::string>& patterns);

}  // namespace gs::policy
