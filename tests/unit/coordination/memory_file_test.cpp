#include "lib/coordination/memory_file.h"

#include <fstream>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/platform/process_id.h"
#include "lib/state/files.h"
#include "tests/support/temp_repo.h"

namespace gs::coordination {
namespace {

namespace fs = std::filesystem;
using core::Seconds;

struct MemoryFileTest : testing::Test {
  test::TempFolder folder;
  MemoryFile file{folder.path()};
  state::FileLock lock{file.lock()};

  // With everything in it that there can be.
  ClonesMemory full() const {
    ClonesMemory memory = file.load();
    HostMemory& host = memory.host;
    AcquireRequest request;
    request.paths = {"a.py", "llm/"};
    request.agent = "agent-F1";
    host.known.table.store = new_store_id();
    Attempt made = attempt(host, request, new_nonce(), Seconds{5}, Seconds{6});
    host =
        settle(made.memory, {"c0ffee", made.proposal.table, 77}, Seconds{7}, new_host_id()).memory;
    const Lease& lease = host.known.table.leases.at(0);
    host = attempt(host, ReleaseRequest{{{lease.path, lease.generation}}, "agent-F1", true, "why"},
                   new_nonce(), Seconds{8}, Seconds{9})
               .memory;
    host.unanswered.back().log_end = 12;
    memory.refs = {true, true};
    memory.read = Seconds{6};
    return memory;
  }
};

TEST_F(MemoryFileTest, ReadsWhatItWrites) {
  const ClonesMemory memory = full();
  EXPECT_EQ(parse_memory(render_memory(memory)), memory);
  file.save(memory);
  EXPECT_EQ(file.load(), memory);
  EXPECT_EQ(file.peek(), memory);
}

TEST_F(MemoryFileTest, BeginsAsAHostOfItsOwn) {
  EXPECT_EQ(file.peek(), std::nullopt);
  EXPECT_EQ(file.load().host.self, file.load().host.self);
  EXPECT_EQ(file.load().host.boot, platform::boot_id());
}

TEST_F(MemoryFileTest, ACopyIsAnotherHost) {
  const ClonesMemory memory = full();
  file.save(memory);
  const test::TempFolder copy;
  fs::copy(folder.path(), copy.path(), fs::copy_options::recursive);
  const MemoryFile other(copy.path());
  EXPECT_EQ(other.peek(), std::nullopt);
  EXPECT_NE(other.load().host.self, memory.host.self);
}

TEST_F(MemoryFileTest, AnotherBootEndsItsTimes) {
  ClonesMemory memory = full();
  memory.host.boot = "before";
  file.save(memory);
  const ClonesMemory after = file.load();
  EXPECT_EQ(after.host.self, memory.host.self);
  EXPECT_EQ(after.host.asked, std::nullopt);
  EXPECT_EQ(after.host.boot, platform::boot_id());
}

TEST_F(MemoryFileTest, DamageIsNamed) {
  for (const char* const text : {"", "{}", "[]", "{\"version\":1}"}) {
    std::ofstream(file.file(), std::ios::trunc) << text;
    try {
      file.load();
      ADD_FAILURE() << text;
    } catch (const core::Error& error) {
      EXPECT_EQ(error.code(), core::ExitCode::broken);
      EXPECT_THAT(error.what(), testing::HasSubstr(file.file().string() + " is damaged: "));
    }
  }
}

TEST(RandomNames, DifferAndAreValid) {
  EXPECT_NE(new_nonce(), new_nonce());
  EXPECT_EQ(new_nonce().str().size(), 32U);
}

}  // namespace
}  // namespace gs::coordination
