# Debian packages, by what needs them. Sourced by setup.sh and test.sh.

BUILD_PACKAGES="git g++ cmake ninja-build pkg-config
  libdeflate-dev libyaml-cpp-dev libutf8proc-dev libfmt-dev libcli11-dev libcurl4-openssl-dev"

# Compiles what is tried (test.sh).
TEST_CC=clang-19 TEST_CXX=clang++-19

TEST_PACKAGES="clang-19 libclang-rt-19-dev graphviz mold libgtest-dev libgmock-dev clang-format python3 python3-venv python3-yaml python3-jsonschema mypy python3-pytest python3-django python3-flask python3-sqlalchemy python3-networkx python3-packaging python3-sympy iproute2 pre-commit strace hyperfine bash-completion zsh fish mandoc"

# Servers that tests start on ports of their own, and skip where there are none: only for machines of CI, as these packages start
# the system's.
SERVER_PACKAGES="openssh-server lighttpd etcd-server"

# What test.sh --git has in its chroot.
SUITE_PACKAGES="git python3 python3-yaml python3-jsonschema mypy python3-pytest graphviz pre-commit nodejs cmake strace procps"

# What a clean machine has on which packages are tried, and what checks packages and makes that machine.
CLEAN_PACKAGES="git python3 python3-venv"
PACKAGE_PACKAGES="debootstrap lintian"

LINT_PACKAGES="clang-tidy-19"

# Runs what install/cross.sh builds for aarch64.
EMULATOR_PACKAGES="qemu-user-static"

# 300 MB, for one test; the plain run has it where a browser is there already.
BROWSER_PACKAGES="chromium"

# What Debian does not have, from npm: hook managers that we must get along with, and the schema of SARIF that our
# reports are held to (in Microsoft's sarif-multitool-ts).
NPM_PACKAGES="lefthook@2.2.2 @j178/prek@0.5.3 husky@9.1.7 @microsoft/sarif-multitool-ts@5.7.0"

# And from PyPI, into build/tools/python: a virtual environment of Debian's Python.
PYTHON_PACKAGES="auditwheel==6.8.2 build==1.6.1 cyclonedx-python-lib[json-validation]==11.12.0 mcp==2.3.0 scikit-build-core==1.1.2"

need_python_packages() { need_environment build/tools/python "$PYTHON_PACKAGES"; }

# need_environment FOLDER PACKAGES
need_environment() {
  grep -qsxF "$2" "$1/installed" && return
  # shellcheck disable=SC2086
  python3 -m venv --clear "$1" && "$1/bin/pip" install -q $2 && printf '%s\n' "$2" >"$1/installed"
}

# tree-sitter and its Python grammar come from npm too, once a checkout (cmake/Grammar.cmake).
need_grammar() {
  names=$(sed -n 's/^set(GS_\(GRAMMAR\|TREE_SITTER\) "\([^"]*\)").*/\2/p' cmake/Grammar.cmake)
  for name in $names; do
    [ -f "build/tools/$name.tgz" ] || command -v npm >/dev/null || need_packages npm
  done
}

# step NAME COMMAND...: a line with the time it took. What it prints goes to $log, and is shown when it fails.
step() {
  name=$1 begin=$(date +%s)
  shift
  printf '%-40s ' "$name"
  if "$@" >"$log" 2>&1; then
    printf '%4d s\n' "$(($(date +%s) - begin))"
  else
    status=$?
    printf 'failed\n'
    cat "$log" >&2
    return "$status"
  fi
}

say() { printf '\n== %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs the packages that are missing; asks nothing, and nothing of the network when none is.
need_packages() {
  missing=""
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  say "installing$missing"
  as_root apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
