// git's pre-commit: runs before a commit is made; anything but 0 stops it. githooks(5).
#include "lib/app/commit_gate.h"

int main(int argc, char** argv) {
  return gs::app::run_hook("pre-commit", argc, argv, gs::app::judge_index);
}
