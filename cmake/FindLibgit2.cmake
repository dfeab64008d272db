# libgit2: Libgit2::Libgit2. Statically without PCRE2 and its network code's libraries: lib/git/libgit2_stubs.c.
include(CLibrary)
find_c_library(Libgit2 HEADER git2.h LIBRARY git2 NEEDS http_parser z mbedcrypto)
