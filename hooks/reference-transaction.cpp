// git's reference-transaction: runs before refs move; in the phase "prepared" anything but 0 stops
// it. githooks(5).
#include "lib/app/ref_gate.h"

int main(int argc, char** argv) {
  return gs::app::run_hook("reference-transaction", argc, argv, gs::app::judge_refs,
                           gs::app::moves_branches);
}
