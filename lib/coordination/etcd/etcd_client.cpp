#include "lib/coordination/etcd/etcd_client.h"

#include <system_error>
#include <thread>

#include "lib/coordination/etcd/access.h"
#include "lib/coordination/git/remote.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/platform/process_info.h"

namespace gs::coordination {

namespace fs = std::filesystem;

namespace {

constexpr char kProgram[] = "git-stream-etcd";
// What the program needs beyond a call's limit, to start and to end.
constexpr std::chrono::milliseconds kGrace{5'000};

std::string program_of(const EtcdPlace& place) {
  if (!place.program.empty()) return place.program;
  std::error_code error;
  const fs::path beside = platform::own_program_file().parent_path() / kProgram;
  return fs::exists(beside, error) ? beside.string() : kProgram;
}

bool is_refused(int status) {
  constexpr int kBadRequest = 400, kTooMany = 429, kServerFault = 500;  // HTTP's
  return status >= kBadRequest && status != kTooMany && status < kServerFault;
}

std::string last_line(std::string_view text) {
  std::string_view last;
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    if (!line.empty()) last = line;
  }
  return core::printable(core::cut_text(last, 300));
}

}  // namespace

std::string shown_place(const EtcdPlace& place) {
  return "etcd at " + core::joined(place.endpoints, shown_address);
}

void fail_to_ask(const EtcdPlace& place, const std::string& why) {
  throw core::Error(
      core::ExitCode::unreachable, "cannot ask " + shown_place(place) + ": " + why,
      "etcdctl --endpoints=" + core::quote_shell(core::joined(place.endpoints, shown_address)) +
          " endpoint status; then try again");
}

void EtcdClient::start() {
  const EtcdAccess access = etcd_access(place_);
  user_ = access.access.user;
  from_helper_ = access.from_helper;
  process::Command command;
  command.argv = {program_of(place_)};
  try {
    program_ = std::make_unique<process::Conversation>(command);
  } catch (const core::Error& error) {
    throw core::Error(core::ExitCode::broken, error.what(),
                      "leases in etcd need it: install/setup.sh builds and installs it");
  }
  program_->tell(render_access(access.access));
}

etcd::Reply EtcdClient::reply(const etcd::Call& call) {
  if (program_ == nullptr) start();
  const auto line = program_->ask(render_call(call), call.limit + kGrace, etcd::kLongestMessage);
  if (line) {
    try {
      return etcd::parse_reply(*line);
    } catch (const core::JsonError& error) {
      fail_to_ask(place_, std::string(kProgram) + " answers nonsense: " + error.what());
    }
  }
  etcd::Reply none;
  const std::string said = last_line(program_->errors());
  none.failure = std::string(kProgram) + " has ended" + (said.empty() ? "" : ": " + said);
  program_.reset();
  return none;
}

etcd::Result EtcdClient::ask(const etcd::Call& call) {
  etcd::Call limited = call;
  if (!call.stream) limited.limit = place_.limit;
  const etcd::Reply reply = this->reply(limited);
  etcd::Result result = etcd::read_reply(reply);
  if (!reply.login || !is_refused(reply.status)) return result;
  if (from_helper_) reject_password(place_, user_);
  throw core::Error(core::ExitCode::broken,
                    shown_place(place_) + " refuses the user " + core::printable(user_) + ": " +
                        std::get<etcd::Refusal>(result).why,
                    "git config stream.etcd.user, and GIT_STREAM_ETCD_PASSWORD or git's credential "
                    "helper");
}

etcd::Answer EtcdClient::answer(const etcd::Call& call) {
  etcd::Result result = ask(call);
  if (const auto* const refusal = std::get_if<etcd::Refusal>(&result))
    fail_to_ask(place_, refusal->why);
  return std::get<etcd::Answer>(std::move(result));
}

void EtcdClient::wait(const etcd::Call& watch) {
  const auto end = std::chrono::steady_clock::now() + watch.limit;
  // What cannot be watched is read again as seldom as that.
  if (!etcd::tells_of_change(reply(watch))) std::this_thread::sleep_until(end);
}

}  // namespace gs::coordination
