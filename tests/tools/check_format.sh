#!/bin/sh
# Every source as .clang-format has it. To mend: clang-format -i FILE…
cd "$(dirname "$0")/../.." || exit 2
git ls-files -z '*.cpp' '*.h' '*.c' | xargs -0 clang-format --dry-run -Werror
