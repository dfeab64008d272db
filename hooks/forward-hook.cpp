// Stands in for a hook that git-stream does not judge, where core.hooksPath had to be redirected:
// runs the user's own hook of that name, and nothing else.
#include "lib/app/chained_hook.h"

int main(int argc, char** argv) {
  const gs::app::HookCall call = gs::app::read_call(argc, argv);
  return gs::app::run_chained(call.script.filename().string(), call);
}
