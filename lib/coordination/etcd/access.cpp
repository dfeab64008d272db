#include "lib/coordination/etcd/access.h"

#include <cstdlib>
#include <map>

#include "lib/coordination/git/remote.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::coordination {

namespace {

using Settings = std::map<std::string, std::string, std::less<>>;

RemotePlace git_of(const EtcdPlace& place) {
  return {place.git_dir, {}, place.interactive};
}

// "stream.etcd.NAME\nVALUE\0"; a path may begin with "~/".
Settings configured(const EtcdPlace& place) {
  const process::Result result = run_git(
      git_of(place), {"config", "--null", "--type=path", "--get-regexp", "^stream\\.etcd\\."});
  constexpr std::string_view kPrefix = "stream.etcd.";
  Settings settings;
  for (std::string_view rest = result.output; !rest.empty();) {
    std::string_view entry = core::take_part(rest, '\0');
    const std::string_view key = core::take_line(entry);
    if (key.starts_with(kPrefix)) settings[std::string(key.substr(kPrefix.size()))] = entry;
  }
  return settings;
}

std::string setting(const char* variable, const Settings& settings, std::string_view name) {
  if (const char* const value = std::getenv(variable); value != nullptr) return value;
  const auto found = settings.find(name);
  return found == settings.end() ? "" : found->second;
}

// As git-credential(1) reads it.
std::string description(const EtcdPlace& place, const std::string& user) {
  return "url=" + place.endpoints.front() + "\nusername=" + user + "\n\n";
}

std::string password_of(const EtcdPlace& place, const std::string& user) {
  const process::Result result =
      run_git(git_of(place), {"credential", "fill"}, description(place, user));
  constexpr std::string_view kBefore = "password=";
  for (std::string_view rest = result.output; result.status == 0 && !rest.empty();) {
    const std::string_view line = core::take_line(rest);
    if (line.starts_with(kBefore)) return std::string(line.substr(kBefore.size()));
  }
  throw core::Error(core::ExitCode::broken,
                    "there is no password for etcd's user " + core::printable(user),
                    "set GIT_STREAM_ETCD_PASSWORD, or give it to git's credential helper for " +
                        shown_address(place.endpoints.front()) + ": git credential approve");
}

}  // namespace

EtcdAccess etcd_access(const EtcdPlace& place) {
  const Settings settings = configured(place);
  EtcdAccess result;
  etcd::Access& access = result.access;
  access.endpoints = place.endpoints;
  access.user = setting("GIT_STREAM_ETCD_USER", settings, "user");
  access.ca = setting("GIT_STREAM_ETCD_CA", settings, "ca");
  access.certificate = setting("GIT_STREAM_ETCD_CERTIFICATE", settings, "certificate");
  access.key = setting("GIT_STREAM_ETCD_KEY", settings, "key");
  access.password = setting("GIT_STREAM_ETCD_PASSWORD", {}, "");
  result.from_helper = !access.user.empty() && access.password.empty();
  if (result.from_helper) access.password = password_of(place, access.user);
  return result;
}

void reject_password(const EtcdPlace& place, const std::string& user) {
  run_git(git_of(place), {"credential", "reject"}, description(place, user));
}

}  // namespace gs::coordination
