# Run by every build: writes OUTPUT, the source that says which commit of the checkout SOURCE is built; none when that
# is no checkout of its own (an archive, also one that was unpacked in another repository). Unchanged, it stays as it is.
set(commit "")
unset(ENV{GIT_DIR})  # of a hook that builds
unset(ENV{GIT_WORK_TREE})
find_program(GIT git)
if(GIT)
  execute_process(COMMAND "${GIT}" -C "${SOURCE}" rev-parse --show-prefix --short=10 HEAD
    OUTPUT_VARIABLE said RESULT_VARIABLE status ERROR_QUIET)
  if(status EQUAL 0 AND said MATCHES "^\n([0-9a-f]+)\n$")  # an empty prefix: the top of the checkout
    set(commit "${CMAKE_MATCH_1}")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
#include "plugins/git-stream/commit.h"

namespace gs::command {

const char kCommit[] = "@commit@";

}  // namespace gs::command
]] @ONLY)
