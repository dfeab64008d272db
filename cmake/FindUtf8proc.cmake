# utf8proc: Utf8proc::Utf8proc.
include(CLibrary)
find_c_library(Utf8proc HEADER utf8proc.h LIBRARY utf8proc)
