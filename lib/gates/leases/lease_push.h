#pragma once
// `git stream push`: git push, with the leases that the work needs (contract, section 12).

#include <optional>
#include <string>
#include <vector>

#include "lib/coordination/lease.h"
#include "lib/core/error.h"
#include "lib/session/session.h"

namespace gs::gates {

struct PushWords {
  std::vector<std::string> selecting;  // options that say which refs: --tags, --all, --delete, …
  // The others that git push is given, but for these two; not --quiet, which keeps the refs back.
  std::vector<std::string> options;
  bool force = false, dry_run = false;
  std::string remote;  // empty: the one that git push would take
  std::vector<std::string> refspecs;
};

// As git push --porcelain has it (git-push(1), "Output").
struct PushedRef {
  char flag = ' ';  // '!': not pushed
  std::string from, to, summary;

  bool operator==(const PushedRef&) const = default;
};

struct PushReport {
  int status = 0;  // git's exit code
  std::string address;
  std::vector<PushedRef> refs;     // but for the store's
  std::vector<std::string> notes;  // what else git said on stdout
  bool done = false;  // it was sent, as far as git knows: also where no answer came by HTTP
};
// Any bytes.
PushReport read_push_report(std::string_view output);

struct LeasePush {
  bool blocked = false;  // by leases: said and logged; nothing was pushed
  PushReport report;     // of a push that was tried
  // On what the work changes: this host's, of which the store has said that at the push, or before
  // and after it.
  std::vector<coordination::LeaseName> leases;
  bool atomic = false;  // the leases were moved by the same push
  // Those that were gone when the work was pushed already: another store than the remote, or a
  // remote without atomic pushes.
  std::vector<coordination::LeaseName> lost;
  // Why the store could not be asked after the push: then nobody knows of `lost`, and what was
  // leased for work that was refused is not given back.
  std::optional<core::Error> unasked;
};

// Pushes with the leases moved in the same atomic push, where the store is in that remote; else
// checks them before and after. What is not leased yet is leased, and given back when nothing of
// the work was pushed. Without a store: git push alone. What git says of it goes to stderr. Throws
// core::Error (broken) when the store cannot be asked, (usage) for words that git refuses or that
// would move the leases themselves.
LeasePush push_with_leases(session::Session& session, const PushWords& words);

}  // namespace gs::gates
