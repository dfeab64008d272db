#pragma once
// Where user, password and certificates for etcd come from: never from the policy, which everybody
// can read.
//
//   GIT_STREAM_ETCD_USER, _PASSWORD, _CA, _CERTIFICATE, _KEY   the environment; before
//   stream.etcd.user, .ca, .certificate, .key                  git's configuration
//   git credential                                             the password, where there is a user

#include "lib/coordination/etcd/etcd_client.h"
#include "lib/etcd/protocol.h"

namespace gs::coordination {

struct EtcdAccess {
  etcd::Access access;
  bool from_helper = false;  // the password is git credential's
};
// Throws core::Error (broken) where there is a user and no password.
EtcdAccess etcd_access(const EtcdPlace& place);

// Tells git's credential helpers that etcd refused a password of theirs.
void reject_password(const EtcdPlace& place, const std::string& user);

}  // namespace gs::coordination
