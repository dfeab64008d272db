// git's pre-push: runs before anything is sent; anything but 0 stops all of it. githooks(5).
#include "lib/app/push_gate.h"

int main(int argc, char** argv) {
  return gs::app::run_hook("pre-push", argc, argv, gs::app::judge_push);
}
