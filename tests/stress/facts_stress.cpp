// Two writers and eight readers of the facts cache are killed in a loop while its files are
// damaged; no fact is ever wrong, nobody falls, and the cache goes on. GS_STRESS_KILLS and
// GITSTREAM_LONG change the size.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <random>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "lib/facts/fact_cache.h"
#include "tests/support/temp_repo.h"

namespace {

using namespace gs;
using facts::FactCache;
using facts::FactKind;
namespace fs = std::filesystem;

constexpr unsigned kBlobs = 20000;
constexpr std::uint64_t kLargest = 8U << 20U;

int number_from(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

core::ObjectId blob(unsigned number) {
  core::ObjectId id;
  std::mt19937 random(number);
  for (std::uint8_t& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
  return id;
}

unsigned below(std::mt19937& random, unsigned bound) {
  return static_cast<unsigned>(random() % bound);
}

std::string facts(unsigned number) {
  return std::string(50 + number % 900, "abcdefghijklmnopqrstuvwxyz"[number % 26]) +
         std::to_string(number);
}

FactCache open(const fs::path& folder) {
  return {folder, 1, {kLargest}};
}

void write(const fs::path& folder, unsigned seed) {
  std::mt19937 random(seed);
  while (true) {
    const FactCache cache = open(folder);
    for (int round = 0; round < 20; ++round) {
      std::vector<unsigned> numbers(1 + random() % 300);
      std::vector<std::string> texts;
      for (unsigned& number : numbers) texts.push_back(facts(number = below(random, kBlobs)));
      std::vector<FactCache::Entry> entries;
      for (std::size_t i = 0; i < numbers.size(); ++i)
        entries.push_back({FactKind::imports, blob(numbers[i]), texts[i]});
      cache.put(entries);
    }
  }
}

// How many of `count` facts are there; throws when one is not what it should be.
unsigned look(const FactCache& cache, std::mt19937& random, unsigned count) {
  const FactCache::Reader reader(cache);
  unsigned found = 0;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned number = below(random, kBlobs);
    const auto known = reader.get(FactKind::imports, blob(number));
    if (known && *known != facts(number)) throw std::runtime_error("a wrong fact");
    found += known ? 1U : 0U;
  }
  return found;
}

void read(const fs::path& folder, unsigned seed) {
  std::mt19937 random(seed);
  while (true) {
    const FactCache cache = open(folder);
    for (int round = 0; round < 20; ++round) look(cache, random, 200);
  }
}

template <class Work>
pid_t start(const Work& work) {
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
  }
  _exit(1);
}

void end(pid_t child) {
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
    throw std::runtime_error("a process fell before it was killed");
}

// A survivor alone: what is put is there.
void judge(const fs::path& folder) {
  const FactCache cache = open(folder);
  const std::string text = facts(7);
  const FactCache::Entry entry{FactKind::imports, blob(7), text};
  cache.put({&entry, 1});
  const FactCache::Reader reader(cache);
  if (reader.get(FactKind::imports, blob(7)) != text)
    throw std::runtime_error("the survivor's fact is not kept");
}

// What happens to one of the files: some bytes are others, or it is cut, or longer.
void damage(const fs::path& folder, std::mt19937& random) {
  std::error_code gone;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, gone), end; !gone && at != end; at.increment(gone))
    files.push_back(at->path());
  if (files.empty()) return;
  const fs::path& file = files[random() % files.size()];
  const auto size = fs::file_size(file, gone);
  if (gone || size == 0) return;
  const auto at = static_cast<off_t>(random() % size);
  if (random() % 8 == 0) {
    fs::resize_file(file, random() % 2 == 0 ? static_cast<std::uintmax_t>(at) : size + 100, gone);
    return;
  }
  std::string bytes(1 + random() % 64, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  if (pwrite(descriptor, bytes.data(), bytes.size(), at) < 0) throw std::runtime_error("no damage");
  close(descriptor);
}

std::uintmax_t bytes_in(const fs::path& folder) {
  std::uintmax_t sum = 0;
  std::error_code gone;
  for (fs::directory_iterator at(folder, gone), end; !gone && at != end; at.increment(gone)) {
    std::error_code failed;
    const auto size = fs::file_size(at->path(), failed);
    if (!failed) sum += size;
  }
  return sum;
}

void run(const fs::path& folder) {
  const int kills =
      number_from("GS_STRESS_KILLS", 100) * (number_from("GITSTREAM_LONG", 0) != 0 ? 20 : 1);
  constexpr std::size_t kWriters = 2, kReaders = 8;
  unsigned seed = 0;
  const auto begin = [&](std::size_t child) {
    const unsigned number = ++seed;
    return start([&] { child < kWriters ? write(folder, number) : read(folder, number); });
  };
  std::vector<pid_t> children;
  for (std::size_t i = 0; i < kWriters + kReaders; ++i) children.push_back(begin(i));
  std::mt19937 random(11);
  unsigned long long found = 0;
  std::uintmax_t largest = 0;
  for (int i = 0; i < kills; ++i) {
    usleep(static_cast<useconds_t>(random() % 8000));
    const std::size_t victim = i % 2 == 0 ? random() % kWriters : random() % children.size();
    end(children[victim]);
    std::error_code refilled;  // a writer may be quicker than this deletes
    if (i % 100 == 99) fs::remove_all(folder, refilled);  // at any time
    for (int k = 0; k < 4; ++k) damage(folder, random);
    found += look(open(folder), random, 500);
    largest = std::max(largest, bytes_in(folder));
    children[victim] = begin(victim);
  }
  for (const pid_t child : children) end(child);
  judge(folder);
  std::printf("%d kills, %llu facts found, never more than %ju bytes\n", kills, found, largest);
  if (found == 0 || largest > kLargest) throw std::runtime_error("nothing kept, or too much");
}

}  // namespace

int main() {
  try {
    const test::TempFolder folder;
    run(folder.path() / "facts");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "facts: %s\n", error.what());
    return 1;
  }
}
