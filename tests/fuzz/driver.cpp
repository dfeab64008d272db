// Runs a fuzz target as a plain test: its corpus, then mutations of it from a fixed seed: a sample,
// or ten times as many with GITSTREAM_LONG=1. usage: TARGET CORPUS-FOLDER [MUTATIONS]

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void feed(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string mutated(std::string input, const std::vector<std::string>& corpus,
                    std::mt19937& random) {
  for (auto changes = 1 + random() % 6; changes > 0; --changes) {
    const std::size_t at = input.empty() ? 0 : random() % input.size();
    switch (random() % 5) {
      case 0:
        if (!input.empty()) input[at] = static_cast<char>(random());
        break;
      case 1:
        input.insert(at, 1, static_cast<char>(random()));
        break;
      case 2:
        input.erase(at, 1 + random() % 8);
        break;
      case 3:
        input.resize(at);
        break;
      default: {
        const std::string& other = corpus[random() % corpus.size()];
        if (!other.empty()) {
          const std::size_t from = random() % other.size();
          input.insert(at, other, from, 1 + random() % 32);
        }
      }
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::vector<std::string> corpus{""};
  if (std::filesystem::is_directory(argv[1])) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
      std::ifstream file(entry.path(), std::ios::binary);
      corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  for (const std::string& input : corpus) feed(input);
  std::mt19937 random(20251206);
  const long usual = std::getenv("GITSTREAM_LONG") == nullptr ? 5000 : 50000;
  const long mutations = argc > 2 ? std::strtol(argv[2], nullptr, 10) : usual;
  for (long i = 0; i < mutations; ++i)
    feed(mutated(corpus[random() % corpus.size()], corpus, random));
  std::printf("%zu inputs, %ld mutations\n", corpus.size(), mutations);
  return 0;
}
