#pragma once
// A model of hosts that change one store, in which every interleaving of their steps is tried. The
// rules and the memory are the real ones (lib/coordination); store, network, clocks, crashes and
// the activity log are modelled.
//
// A change is five steps of a host, between any two of which others go on and time passes:
//   read      the store as it is now comes to the host
//   process   what was read is settled, the change is worked out and kept as unanswered
//   swap      the store compares and swaps; the answer may get lost
//   log       what was made is logged ...
//   keep      ... and then kept in memory
// A host that sleeps is one that takes no step. One that crashes loses what it had not kept, its
// push may still arrive at any later moment or never; it may be switched off, and then its clock
// begins anew.

#include <cstddef>
#include <string>
#include <vector>

namespace gs::coordination::model {

// Faults that are put into the protocol, to see that the model finds them.
enum class Mutation {
  none,
  no_nonce,               // a change is recognised by its number
  blind_renewal,          // a renewal is forced from memory, nothing is read before
  force,                  // without the old id
  tracking_ref,           // the old id is what any fetch of this clone saw last
  renewal_restores,       // a renewal puts back what is gone
  deadline_from_answer,   // the holder counts from when it got the answer
  sighting_before_read,   // others count from before they read
  renewal_unseen,         // others count from when they first saw the lease, whatever renewed it
  no_margin_for_unseen,   // a lease whose host's last change was not seen before is taken at once
  times_survive_restart,  // of the machine
  unanswered_forgotten,   // a change is not kept before it is asked for
  logged_without_a_look,  // at whether it is in the log already
  cut_restarts_numbers,   // history is cut, and numbers begin anew
  copies_trusted,         // two copies of a clone act as one host
};

struct Limits {
  int changes = 4, ticks = 3, crashes = 1, lost_answers = 1;
  std::size_t hosts = 3;
  bool copied = false;  // the third host is a copy of the second
};

struct Exploration {
  std::size_t states = 0;
  std::string violation;           // empty: none
  std::vector<std::string> trace;  // the steps that led to it
  // What was reached at all, to see that the limits let it happen.
  std::size_t takeovers = 0, late_pushes = 0, lost_answers = 0, refused_swaps = 0, renewals = 0;
};

// What must hold in every state; a broken protocol breaks several.
enum class Property {
  any,
  exclusion,     // no two hosts hold a path at once
  resurrection,  // a lease that is gone does not come back
  numbers,       // no generation is given twice
  lost_event,    // a change that was made is logged, or somebody knows that it must be
  false_event,   // what is logged was made, and is logged once
};

// `sought`: the violation that ends it.
Exploration explore(const Limits& limits, Mutation mutation, Property sought = Property::any);

}  // namespace gs::coordination::model
