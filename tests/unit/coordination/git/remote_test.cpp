#include "lib/coordination/git/remote.h"

#include <gmock/gmock.h>

#include "lib/coordination/git/event_log.h"

namespace gs::coordination {
namespace {

TEST(ReadPush, TellsWhatCameOfIt) {
  struct Case {
    int status;
    const char *output, *errors;
    PushAnswer answer;
    const char* why;
  };
  using enum PushAnswer;
  for (const auto& [status, output, errors, answer, why] : {
           Case{0, "To x\n*\tabc:refs/x\t[new reference]\nDone\n", "", moved, ""},
           Case{0, "To x\n \tabc:refs/x\t1..2\nDone\n", "", moved, ""},
           Case{0, "To x\n+\tabc:refs/x\t1...2 (forced update)\nDone\n", "", moved, ""},
           Case{0, "To x\n=\tabc:refs/x\t[up to date]\nDone\n", "", same, ""},
           Case{1, "To x\n!\tabc:refs/x\t[rejected] (stale info)\nDone\n",
                "error: failed to push\n", stale, "[rejected] (stale info)"},
           Case{1, "To x\n!\tabc:refs/x\t[remote rejected] (hook declined)\nDone\n", "", refused,
                "[remote rejected] (hook declined)"},
           Case{1, "To x\n!\tabc:refs/x\t[remote failure] (remote failed to report status)\n", "",
                unknown, "[remote failure] (remote failed to report status)"},
           Case{1, "To x\n*\tabc:refs/x\t[new reference]\n", "error: failed to push\n", unknown,
                "failed to push"},
           Case{1, "Done\n", "fatal: the remote end hung up unexpectedly\n", unknown,
                "the remote end hung up unexpectedly"},
           Case{128, "", "remote: hm\nfatal: Could not read from remote repository.\n", unknown,
                "Could not read from remote repository."},
           Case{128, "", "fatal: the remote end hung up unexpectedly\n", unknown,
                "the remote end hung up unexpectedly"},
           Case{128, "",
                "fatal: unable to connect to x:\nx[0: 192.0.2.1]: errno=No route to host\n\n",
                unknown, "unable to connect to x: x[0: 192.0.2.1]: errno=No route to host"},
           Case{0, "", "", unknown, ""},
           Case{137, "To x\n", "killed\n", unknown, "killed"},
       }) {
    const PushResult result = read_push(status, output, errors);
    EXPECT_EQ(result.answer, answer) << output << errors;
    EXPECT_EQ(result.why, why) << output << errors;
  }
}

TEST(ReadPush, WhatARemoteSaysDoesNotReachTheTerminalAsItIs) {
  EXPECT_THAT(read_push(1, "!\ta:b\t[remote rejected] (\x1b[2J)\n", "").why,
              testing::Not(testing::HasSubstr("\x1b")));
}

TEST(ShownAddress, HasNoPassword) {
  for (const auto& [address, shown] : std::initializer_list<std::pair<const char*, const char*>>{
           {"https://ada:secret@example.org/x.git", "https://example.org/x.git"},
           {"https://token@example.org/x@y", "https://example.org/x@y"},
           {"https://example.org/x@y.git", "https://example.org/x@y.git"},
           {"https://a:s@cret@example.org", "https://example.org"},
           {"git@example.org:x.git", "git@example.org:x.git"},
           {"../x.git", "../x.git"},
           {"ssh://git@example.org:22/x", "ssh://example.org:22/x"},
       })
    EXPECT_EQ(shown_address(address), shown);
}

TEST(ReadMark, FindsItInACommit) {
  EXPECT_EQ(read_mark("tree x\nauthor y\n\nLog of h\n\nOffset: 12\nCheck: 34\n"),
            (LogMark{12, 34}));
  EXPECT_EQ(read_mark("Offset: x\nCheck: -1\n"), LogMark{});
  EXPECT_EQ(read_mark(""), LogMark{});
}

}  // namespace
}  // namespace gs::coordination
