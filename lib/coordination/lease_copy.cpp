// The file: "gsleases", a format's number, and a checksum of all that follows it, eight bytes each,
// the low one first; then the copy's members and its leases one after the other. A number has
// eight bytes, a text its length as a number and its bytes. Leases that concern nobody are passed
// over where they are.

#include "lib/coordination/lease_copy.h"

#include <algorithm>
#include <set>

#include "lib/coordination/host_memory.h"
#include "lib/core/checksum.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/platform/process_id.h"
#include "lib/state/files.h"
#include "lib/state/lock_file.h"

namespace gs::coordination {

namespace {

constexpr std::string_view kMagic = "gsleases";
constexpr std::uint64_t kFormat = 1;
constexpr std::uint64_t kUnknown = ~std::uint64_t{0};  // a time
constexpr std::uint64_t kOwn = 1, kAutomatic = 2;      // flags
constexpr std::size_t kCopyLimit = std::size_t{64} << 20;

class CopyWriter {
 public:
  void number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  void time(const std::optional<BootTime>& time) {
    number(time ? static_cast<std::uint64_t>(time->count()) : kUnknown);
  }
  void text(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Safe on any bytes: good() says whether there was what was asked for.
class CopyReader {
 public:
  explicit CopyReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    const std::string_view bytes = take(8);
    if (bytes.empty()) return 0;
    std::uint64_t value = 0;  // one load, for a compiler that sees that there are eight
    for (std::size_t i = 8; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }
  std::optional<BootTime> time() {
    const std::uint64_t count = number();
    if (count == kUnknown) return std::nullopt;
    good_ = good_ && count <= static_cast<std::uint64_t>(BootTime::max().count());
    return BootTime(static_cast<BootTime::rep>(good_ ? count : 0));
  }
  std::string_view text() { return take(number()); }
  void pass_over(std::size_t numbers) { take(8 * numbers); }
  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    good_ = good_ && size <= rest_.size();
    if (!good_) return {};
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
  bool good_ = true;
};

void write(CopyWriter& out, const CopiedLease& copied) {
  const Lease& lease = copied.lease;
  out.text(lease.path);
  out.number((copied.own ? kOwn : 0) | (lease.automatic ? kAutomatic : 0));
  out.time(copied.until);
  out.number(lease.generation.number);
  out.number(static_cast<std::uint64_t>(lease.duration.count()));
  for (const std::string* text : {&lease.host.str(), &lease.stream, &lease.agent, &lease.reason})
    out.text(*text);
}

// What a lease has besides its path.
CopiedLease read(CopyReader& in, std::string_view path) {
  CopiedLease copied;
  Lease& lease = copied.lease;
  lease.path = path;
  const std::uint64_t flags = in.number();
  copied.own = (flags & kOwn) != 0;
  lease.automatic = (flags & kAutomatic) != 0;
  copied.until = in.time();
  lease.generation = {in.number()};
  lease.duration = core::Seconds(in.number() & UINT32_MAX);
  lease.host = HostId(std::string(in.text()));
  lease.stream = in.text();
  lease.agent = in.text();
  lease.reason = in.text();
  return copied;
}

void pass_over(CopyReader& in) {
  in.pass_over(4);
  for (int text = 0; text < 4; ++text) in.text();
}

// Which leases may cover a path.
class LeaseFilter {
 public:
  explicit LeaseFilter(std::span<const std::string> paths) : all_(paths.empty()), wanted_(paths) {}

  bool wants(std::string_view path) const {
    return all_ || wanted_.covered_by(path) || core::is_pattern(path) || !core::is_ascii(path);
  }

 private:
  bool all_;
  state::WantedPaths wanted_;
};

std::optional<BootTime> end_of(const Lease& lease, const Sightings& seen) {
  const auto found = seen.find(lease.host);
  if (found == seen.end()) return std::nullopt;
  return found->second.first_seen + observed_duration(lease.duration);
}

}  // namespace

LeaseCopy copy_of(const ClonesMemory& memory) {
  const HostMemory& host = memory.host;
  std::set<LeaseName> held;
  for (const Lease& lease : coordination::held(host, BootTime::min()))
    held.insert({lease.path, lease.generation});
  LeaseCopy copy{host.self, host.boot, memory.inode, memory.read, {}};
  for (const Lease& lease : host.known.table.leases) {
    CopiedLease copied{lease, lease.host == host.self, {}};
    if (!copied.own) {
      copied.until = end_of(lease, host.seen);
    } else if (held.contains({lease.path, lease.generation})) {
      copied.until = *host.asked + lease.duration;
    }
    copy.leases.push_back(std::move(copied));
  }
  return copy;
}

std::string serialize_copy(const LeaseCopy& copy) {
  CopyWriter body;
  body.text(copy.self.str());
  body.text(copy.boot);
  body.number(copy.inode);
  body.time(copy.asked);
  body.number(copy.leases.size());
  for (const CopiedLease& lease : copy.leases) write(body, lease);
  const std::string bytes = body.take();
  CopyWriter head;
  head.number(kFormat);
  head.number(core::checksum(bytes));
  return std::string(kMagic) + head.take() + bytes;
}

std::optional<LeaseCopy> deserialize_copy(std::string_view bytes,
                                          std::span<const std::string> paths) {
  if (!bytes.starts_with(kMagic)) return std::nullopt;
  CopyReader in(bytes.substr(kMagic.size()));
  constexpr std::size_t kHead = 24;
  if (in.number() != kFormat || bytes.size() < kHead ||
      in.number() != core::checksum(bytes.substr(kHead)))
    return std::nullopt;
  LeaseCopy copy;
  copy.self = HostId(std::string(in.text()));
  copy.boot = in.text();
  copy.inode = in.number();
  copy.asked = in.time();
  const LeaseFilter filter(paths);
  const std::uint64_t count = in.number();
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    const std::string_view path = in.text();
    if (filter.wants(path)) {
      copy.leases.push_back(read(in, path));
    } else {
      pass_over(in);
    }
  }
  return in.at_end() ? std::optional(std::move(copy)) : std::nullopt;
}

namespace {

std::optional<LeaseCopy> read_copy(const std::filesystem::path& folder,
                                   std::span<const std::string> paths) {
  const MemoryFile file(folder);
  if (const auto bytes = state::read_state_file(file.copy(), kCopyLimit)) {
    if (auto copy = deserialize_copy(*bytes, paths)) return copy;
  }
  const auto memory = file.peek();
  if (!memory) return std::nullopt;
  return deserialize_copy(serialize_copy(copy_of(*memory)), paths);
}

core::Lock lock_of(const Lease& lease, core::Instant expires) {
  return {lease.path,
          lease.agent,
          lease.stream,
          {},
          expires,
          lease.reason,
          lease.generation.number,
          lease.automatic,
          lease.generation.number,
          lease.host.str()};
}

// Times of another boot mean nothing: others' leases begin anew, own ones are over.
void forget_times(LeaseCopy& copy) {
  copy.asked.reset();
  for (CopiedLease& lease : copy.leases) lease.until.reset();
}

void sort_in(KnownLeases& known, CopiedLease&& copied, BootTime boot_now, core::Instant now) {
  if (!copied.own) {
    const BootTime left =
        copied.until.value_or(boot_now + observed_duration(copied.lease.duration)) - boot_now;
    if (left > BootTime{0})
      known.foreign.push_back(lock_of(copied.lease, now + std::chrono::ceil<core::Seconds>(left)));
    return;
  }
  known.least = std::min(known.least.value_or(copied.lease.duration), copied.lease.duration);
  if (!copied.until || *copied.until <= boot_now) known.lapsed.push_back(std::move(copied.lease));
}

}  // namespace

KnownLeases known_leases(const std::filesystem::path& folder, std::span<const std::string> paths,
                         bool ignore_case, core::Instant now) {
  const bool plain = !ignore_case && std::ranges::all_of(paths, core::is_ascii);
  KnownLeases known;
  auto copy = read_copy(folder, plain ? paths : std::span<const std::string>());
  const auto stamp = platform::file_stamp(MemoryFile(folder).lock());
  if (!copy || !stamp || stamp->inode != copy->inode) return known;
  const std::string& boot = platform::boot_id();
  if (boot.empty() || copy->boot != boot) forget_times(*copy);
  const BootTime boot_now = platform::boot_time();
  if (copy->asked) known.age = std::chrono::floor<core::Seconds>(boot_now - *copy->asked);
  for (CopiedLease& copied : copy->leases) sort_in(known, std::move(copied), boot_now, now);
  return known;
}

}  // namespace gs::coordination
