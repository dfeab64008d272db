// Stands in for a hook that git-stream does not judge, where core.hooksPath had to be redirected:
// runs the user's own hook of that name, and nothing else.
#include "lib/app/chained_hook.h"

int main(int argc, char** argv) {
  return gs::app::forward_hook(argc, argv);
}
