#include "lib/coordination/etcd/event_log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>

#include "lib/coordination/log_pieces.h"
#include "lib/coordination/table_format.h"
#include "lib/core/checksum.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/journal.h"

namespace gs::coordination {

namespace fs = std::filesystem;

namespace {

// A request of etcd's has a mebibyte and a half, if nobody has changed that.
constexpr PieceSizes kPieces{std::size_t{256} << 10,
                             state::kLongestLine + (std::size_t{128} << 10)};
constexpr std::uint64_t kPiecesAtOnce = 64;  // that are read
constexpr std::size_t kDigits = 20;

std::string logs_prefix(const EtcdPlace& place) {
  return place.prefix + "/log/";
}

std::string log_prefix(const EtcdPlace& place, const HostId& host) {
  return logs_prefix(place) + host.str() + '/';
}

std::string piece_key(const EtcdPlace& place, const HostId& host, std::uint64_t begin) {
  const std::string number = std::to_string(begin);
  return log_prefix(place, host) + std::string(kDigits - number.size(), '0') + number;
}

struct Piece {
  std::uint64_t begin = 0;  // in all that the host has published
  LogMark mark;
  std::string lines;

  std::uint64_t end() const { return begin + lines.size(); }
};

std::string render(const Piece& piece) {
  return render_mark(piece.mark) + '\n' + piece.lines;
}

std::optional<Piece> parse_piece(std::string_view number, std::string_view value) {
  const auto begin =
      core::json_natural(number.substr(std::min(number.find_first_not_of('0'), number.size() - 1)));
  const std::size_t head = value.find("\n\n");
  if (number.size() != kDigits || !begin || head == value.npos) return std::nullopt;
  return Piece{*begin, read_mark(value.substr(0, head + 1)), std::string(value.substr(head + 2))};
}

// ---- Writing.

// What this clone knows of its publications: also when all of its pieces were removed.
struct Published {
  HostId host;
  LogMark mark;
  std::uint64_t end = 0;  // of what that host has published
};

// "HOST\nEnd: N\nOffset: N\nCheck: N\n"
Published load_published(const fs::path& file) {
  constexpr std::size_t kLimit = 4096;
  constexpr std::string_view kEnd = "End: ";
  Published published;
  const auto text = state::read_file(file, kLimit);
  if (!text) return published;
  std::string_view rest = *text;
  published.host = HostId(std::string(core::take_line(rest)));
  published.mark = read_mark(rest);
  const std::string_view end = core::take_line(rest);
  if (end.starts_with(kEnd))
    published.end = core::json_natural(end.substr(kEnd.size())).value_or(0);
  return published;
}

void save(const fs::path& file, const Published& published) {
  state::AtomicFile::replace(file, published.host.str() +
                                       "\nEnd: " + std::to_string(published.end) + '\n' +
                                       render_mark(published.mark));
}

std::optional<Piece> last_piece(const EtcdLog& log, const HostId& host) {
  const std::string prefix = log_prefix(log.place, host);
  etcd::Range range = etcd::with_prefix(prefix);
  range.most = 1;
  range.last_first = true;
  const etcd::Answer answer = log.client.answer(etcd::range_call(range));
  if (answer.ranges.at(0).empty()) return std::nullopt;
  const etcd::KeyValue& pair = answer.ranges[0][0];
  return parse_piece(std::string_view(pair.key).substr(prefix.size()), pair.value);
}

// By what this clone remembers, and by the store, which knows of publications that were killed.
Published how_far(const EtcdLog& log, const fs::path& activity, const fs::path& file) {
  const Published known = load_published(file);
  Published far{log.self, is_of(known.mark, activity) ? known.mark : LogMark{}, 0};
  if (known.host == log.self) far.end = known.end;
  std::vector<HostId> hosts{log.self};
  if (valid_host(known.host.str()) && known.host != log.self) hosts.push_back(known.host);
  for (const HostId& host : hosts) {
    const auto piece = last_piece(log, host);
    if (!piece) continue;
    if (host == log.self) far.end = std::max(far.end, piece->end());
    if (piece->mark.offset > far.mark.offset && is_of(piece->mark, activity))
      far.mark = piece->mark;
  }
  return far;
}

// One of etcd's leases for all hosts and each day, whatever day a host takes it for: its time
// begins when it is granted.
std::uint64_t log_lease(const EtcdLog& log) {
  const auto day = std::chrono::floor<std::chrono::days>(state::now()).time_since_epoch().count();
  constexpr std::uint64_t kLargest = (std::uint64_t{1} << 63) - 1;
  const std::uint64_t id =
      (core::checksum(logs_prefix(log.place) + std::to_string(day)) & kLargest) | 1;
  const etcd::Result result = log.client.ask(etcd::grant_call(id, kLogDays));
  const auto* const refusal = std::get_if<etcd::Refusal>(&result);
  if (refusal != nullptr && refusal->code != etcd::Code::precondition)
    fail_to_ask(log.place, refusal->why);
  return id;
}

[[noreturn]] void fail_to_publish(const EtcdLog& log, const std::string& why) {
  throw core::Error(
      core::ExitCode::unreachable,
      "cannot publish the log of " + log.self.str() + " to " + shown_place(log.place) + ": " + why,
      "the log stays here; try again");
}

// And removes what is too much before it.
void put(const EtcdLog& log, const Piece& piece, std::uint64_t lease) {
  const std::string key = piece_key(log.place, log.self, piece.begin);
  std::vector<etcd::Operation> writing{etcd::Put{key, render(piece), lease}};
  if (piece.begin > kMostLog)
    writing.emplace_back(etcd::Delete{log_prefix(log.place, log.self),
                                      piece_key(log.place, log.self, piece.begin - kMostLog)});
  const etcd::Result result =
      log.client.ask(etcd::transaction_call({key, 0, std::move(writing), {}}));
  if (const auto* const refusal = std::get_if<etcd::Refusal>(&result))
    fail_to_publish(log, refusal->why);
  if (!std::get<etcd::Answer>(result).succeeded)
    fail_to_publish(log, "somebody else publishes in its name");
}

}  // namespace

std::size_t publish_events(const EtcdLog& log, const fs::path& activity, const fs::path& folder) {
  const fs::path file = folder / "published";
  Published far = how_far(log, activity, file);
  std::optional<std::uint64_t> lease;
  std::size_t lines = 0;
  for (;;) {
    const Addition added = addition(activity, far.mark, kPieces);
    if (added.lines.empty()) return lines;
    if (!lease) lease = log_lease(log);
    const Piece piece{far.end, added.end, added.lines};
    put(log, piece, *lease);
    far = {log.self, piece.mark, piece.end()};
    save(file, far);
    lines += static_cast<std::size_t>(std::ranges::count(piece.lines, '\n'));
  }
}

namespace {

// ---- Reading.

// Up to where a host's log was read, and the store's revision then: "END REVISION".
struct Place {
  std::uint64_t end = 0;
  etcd::Revision revision = 0;
};

std::optional<Place> parse_place(std::string_view text) {
  const auto end = core::json_natural(core::take_part(text, ' '));
  const auto revision = core::json_natural(text);
  return end && revision ? std::optional(Place{*end, *revision}) : std::nullopt;
}

struct Reading {
  std::map<HostId, Place> places;
  ReadEvents read;
};

void take_piece(Reading& reading, const HostId& host, const Piece& piece) {
  const auto known = reading.places.find(host);
  if (known != reading.places.end() && piece.begin < known->second.end) return;
  if (known != reading.places.end() && piece.begin > known->second.end)
    reading.read.faults.push_back("lines of the log of " + host.str() +
                                  " were removed before they were read here");
  add_lines(piece.lines, host, reading.read);
  reading.places[host].end = piece.end();
}

void take_pair(const EtcdLog& log, const etcd::KeyValue& pair, Reading& reading) {
  std::string_view number =
      std::string_view(pair.key).substr(std::min(logs_prefix(log.place).size(), pair.key.size()));
  const HostId host(std::string(core::take_part(number, '/')));
  if (host == log.self || !valid_host(host.str())) return;
  if (const auto piece = number.empty() ? std::nullopt : parse_piece(number, pair.value)) {
    take_piece(reading, host, *piece);
  } else {
    ++reading.read.torn;
  }
}

// What was changed since that revision, of one moment. Returns the store's revision then.
etcd::Revision read_since(const EtcdLog& log, etcd::Revision since, Reading& reading) {
  etcd::Range range = etcd::with_prefix(logs_prefix(log.place));
  range.changed_from = since == 0 ? 0 : since + 1;
  range.most = kPiecesAtOnce;
  for (;;) {
    const etcd::Answer answer = log.client.answer(etcd::range_call(range));
    if (range.revision == 0) range.revision = answer.revision;
    if (range.revision < since) return range.revision;
    const std::vector<etcd::KeyValue>& pairs = answer.ranges.at(0);
    for (const etcd::KeyValue& pair : pairs) take_pair(log, pair, reading);
    if (!answer.more || pairs.empty()) return range.revision;
    range.key = pairs.back().key + '\0';
  }
}

}  // namespace

ReadEvents read_events(const EtcdLog& log, const LogPosition& position) {
  Reading reading;
  etcd::Revision since = 0;
  for (const auto& [host, text] : position) {
    const auto place = parse_place(text);
    if (!place) continue;
    since = reading.places.empty() ? place->revision : std::min(since, place->revision);
    reading.places[host] = *place;
  }
  etcd::Revision revision = read_since(log, since, reading);
  if (revision < since) revision = read_since(log, 0, reading);  // a cluster that was set back
  for (const auto& [host, place] : reading.places)
    reading.read.position[host] = std::to_string(place.end) + ' ' + std::to_string(revision);
  return std::move(reading.read);
}

}  // namespace gs::coordination
