#include "lib/coordination/host_log.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <system_error>
#include <unistd.h>

#include "lib/coordination/table_format.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/state/files.h"
#include "lib/state/journal.h"

namespace gs::coordination {

namespace fs = std::filesystem;

namespace {

using core::Json;
using core::JsonError;

constexpr std::size_t kStateLimit = std::size_t{16} << 20;

const Json& member(const Json& json, std::string_view name) {
  const Json* const found = json.find(name);
  if (found == nullptr) throw JsonError("without \"" + std::string(name) + '"');
  return *found;
}

std::string text(const Json& json) {
  if (json.string() == nullptr) throw JsonError("a text is none");
  return *json.string();
}

LogPosition position_in(const Json& json) {
  if (json.object() == nullptr) throw JsonError("\"hosts\" is no object");
  LogPosition position;
  for (const auto& [host, place] : *json.object()) {
    if (!valid_host(host)) throw JsonError("a host's name is none");
    position[HostId(host)] = text(place);
  }
  return position;
}

}  // namespace

std::string host_of(const state::Activity& line) {
  return state::log_field(line, kHostField);
}

bool means_host(std::string_view word, std::string_view host) {
  return host == word ||
         (host.size() > word.size() && host.starts_with(word) && host[word.size()] == '-');
}

FetchState parse_fetch_state(std::string_view bytes) {
  const Json json = core::parse_json(bytes);
  FetchState state;
  if (member(json, "version").natural() != 1) throw JsonError("not of version 1");
  const std::string read = text(member(json, "read"));
  if (core::is_utc_text(read)) state.read = core::parse_time(read, nullptr);
  if (!state.read) throw JsonError("\"read\" is no time");
  const auto size = member(json, "size").natural();
  if (!size) throw JsonError("\"size\" is no number");
  state.size = *size;
  if (const Json* const cut = json.find("cut")) {
    state.cut = cut->natural();
    if (!state.cut) throw JsonError("\"cut\" is no number");
  }
  state.position = position_in(member(json, "hosts"));
  const Json& faults = member(json, "faults");
  if (faults.array() == nullptr) throw JsonError("\"faults\" is no array");
  for (const Json& fault : *faults.array()) state.faults.push_back(text(fault));
  return state;
}

std::string render_fetch_state(const FetchState& state) {
  Json hosts = Json::Object{};
  for (const auto& [host, place] : state.position) hosts.set(host.str(), place);
  Json json = Json::Object{{"version", 1},
                           {"read", core::format_utc(state.read.value_or(core::Instant{}))},
                           {"size", state.size},
                           {"hosts", std::move(hosts)},
                           {"faults", Json(state.faults)}};
  if (state.cut) json.set("cut", *state.cut);
  return core::compact_json(json) + '\n';
}

FetchState HostLog::state() const {
  const auto bytes = state::read_state_file(folder_ / "hosts.json", kStateLimit);
  if (!bytes) return {};
  try {
    return parse_fetch_state(*bytes);
  } catch (const JsonError&) {
    return {};
  }
}

namespace {

// Whatever a host says of where its lines are from.
state::Activity from_host(const HostEvent& event) {
  state::Activity activity = event.line.activity;
  std::erase_if(activity.fields, [](const auto& field) { return field.first == kHostField; });
  activity.fields.emplace_back(kHostField, state::json_text(event.host.str()));
  return activity;
}

void truncate(const fs::path& file, std::uint64_t size) {
  std::error_code error;
  const std::uintmax_t there = fs::file_size(file, error);
  if (error || there <= size) return;
  fs::resize_file(file, size, error);
  if (error) state::fail("write", file, error.value());
}

std::string end_of(const fs::path& file, std::uint64_t from, std::uint64_t size) {
  const state::Descriptor open = state::open_file(file, O_RDONLY);
  std::string bytes(size - from, '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t more =
        pread(open.get(), bytes.data() + got, bytes.size() - got, static_cast<off_t>(from + got));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) state::fail("read", file, more == 0 ? EIO : errno);
    got += static_cast<std::size_t>(more);
  }
  return bytes;
}

// What agents handed on is asked for however long ago it was: the handoffs before an offset, the
// last ones, `most` bytes at most.
std::string handoffs_before(const fs::path& log, std::uint64_t offset, std::uint64_t most) {
  state::LogFilter filter;
  filter.action = "handoff";
  std::vector<state::LogLine> lines = state::read_log(log, filter).lines;
  const std::size_t behind = state::read_log(log, filter, offset).lines.size();
  lines.resize(lines.size() - std::min(behind, lines.size()));
  std::uint64_t size = 0;
  std::size_t first = lines.size();
  while (first > 0 && size + lines[first - 1].text.size() < most)
    size += lines[--first].text.size() + 1;
  std::string text;
  for (; first < lines.size(); ++first) text += lines[first].text + '\n';
  return text;
}

// Of a log of this size what is left when it is shortened: whole lines.
std::string shortened(const fs::path& log, std::uint64_t size, std::uint64_t kept) {
  std::uint64_t from = size - std::min(size, kept);
  std::string lines = end_of(log, from, size);
  const std::size_t whole = from == 0 ? 0 : std::min(lines.find('\n'), lines.size() - 1) + 1;
  lines.erase(0, whole);
  from += whole;
  return from == 0 ? lines : handoffs_before(log, from, kept) + lines;
}

}  // namespace

void HostLog::write(const FetchState& state) const {
  state::AtomicFile::replace(folder_ / "hosts.json", render_fetch_state(state));
}

// Says first what is to come: whoever finds the file so short knows that no line is missing.
void HostLog::shorten(FetchState state) const {
  if (state.size <= limit_.most) return;
  const std::string left = shortened(lines(), state.size, limit_.kept);
  state.cut = left.size();
  write(state);
  state::AtomicFile::replace(lines(), left);
  state.size = left.size();
  state.cut.reset();
  write(state);
}

FetchState HostLog::keep(const ReadEvents& read, core::Instant now) {
  FetchState next;
  next.read = now;
  next.position = read.position;
  next.faults = read.faults;
  std::vector<state::Activity> lines;
  for (const HostEvent& event : read.events) lines.push_back(from_host(event));
  if (!lines.empty()) state::LogWriter(this->lines()).add(lines);
  std::error_code none;
  const std::uintmax_t size = fs::file_size(this->lines(), none);
  next.size = none ? 0 : size;
  write(next);
  return next;
}

// What a former one has written and did not come to note is fetched again.
std::size_t HostLog::fetch(LeaseStore& store, core::Instant now) {
  const state::FileLock lock(folder_ / "hosts.lock");
  FetchState known = state();
  std::error_code none;
  const std::uintmax_t size = fs::file_size(lines(), none);
  if (!none && known.cut == size) known.size = size;
  if (none || size < known.size) known = {};  // somebody has taken lines away
  truncate(lines(), known.size);
  const ReadEvents read = store.events_since(known.position);
  shorten(keep(read, now));
  return read.events.size();
}

std::vector<state::LogLine> in_one_order(const std::vector<state::LogLine>& own,
                                         const std::vector<state::LogLine>& fetched) {
  std::map<std::string, std::vector<const state::LogLine*>> hosts;
  for (const state::LogLine& line : own) hosts[{}].push_back(&line);
  for (const state::LogLine& line : fetched) hosts[host_of(line.activity)].push_back(&line);
  // A line stands no earlier than those that its host wrote before it, whatever its clock said.
  std::vector<std::pair<core::Instant, const state::LogLine*>> placed;
  for (const auto& [host, lines] : hosts) {
    core::Instant time = lines.front()->activity.time;
    for (const state::LogLine* line : lines) {
      time = std::max(time, line->activity.time);
      placed.emplace_back(time, line);
    }
  }
  std::ranges::stable_sort(placed, {}, [](const auto& one) { return one.first; });
  std::vector<state::LogLine> ordered;
  for (const auto& [time, line] : placed) ordered.push_back(*line);
  return ordered;
}

std::vector<state::Handoff> fetched_handoffs(const HostLog& log) {
  std::vector<state::Handoff> found;
  for (const state::LogLine& line : state::read_actions(log.lines(), "handoff")) {
    found.push_back(state::handoff_in(line.activity));
    found.back().host = host_of(line.activity);
  }
  return found;
}

}  // namespace gs::coordination
