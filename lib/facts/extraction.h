#pragma once
// Facts from blobs, on as many threads as there are cores.

#include <functional>
#include <string>
#include <vector>

#include "lib/git/repository.h"

namespace gs::facts {

// The import facts of each blob, in the blobs' order. `done` is told, on the calling thread, how
// many are finished. What a thread throws is thrown here.
std::vector<std::string> extract_imports(const git::Repository& repository,
                                         const std::vector<core::ObjectId>& blobs,
                                         const std::function<void(std::size_t)>& done);

}  // namespace gs::facts
