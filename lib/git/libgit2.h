#pragma once
// libgit2's handles as unique_ptr, and its errors as core::Error. Only lib/git may include this.

#include <git2.h>
#include <memory>
#include <string>

#include "lib/core/change.h"

namespace gs::git {

template <auto Free>
struct Deleter {
  template <class Handle>
  void operator()(Handle* handle) const {
    Free(handle);
  }
};

using Config = std::unique_ptr<git_config, Deleter<git_config_free>>;
using ConfigIterator = std::unique_ptr<git_config_iterator, Deleter<git_config_iterator_free>>;
using Refspec = std::unique_ptr<git_refspec, Deleter<git_refspec_free>>;
using RepositoryHandle = std::unique_ptr<git_repository, Deleter<git_repository_free>>;

// Calls a libgit2 constructor, `make(&raw)`, and gives its result an owner; the code is put in
// `status`.
template <class Owner, class Make>
Owner make_handle(int& status, Make make) {
  typename Owner::pointer raw = nullptr;
  status = make(&raw);
  return Owner(status < 0 ? nullptr : raw);
}

// The reason libgit2 gives for the last failure of this thread; it may have none.
std::string last_reason();

// Throws core::Error (broken), "WHAT: reason", when status is negative.
void check(int status, const std::string& what);

core::ObjectId from_oid(const git_oid& oid);  // of SHA-1

}  // namespace gs::git
