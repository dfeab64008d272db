// git's pre-merge-commit: runs before a merge that went well is committed; anything but 0 stops it.
// githooks(5).
#include "lib/app/commit_gate.h"

int main(int argc, char** argv) {
  return gs::app::run_hook("pre-merge-commit", argc, argv, gs::app::judge_merge);
}
