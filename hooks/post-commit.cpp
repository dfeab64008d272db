// git's post-commit: runs after a commit is made; cannot stop it. githooks(5).
#include "lib/app/commit_gate.h"

int main(int argc, char** argv) {
  return gs::app::run_hook("post-commit", argc, argv, gs::app::note_commit);
}
