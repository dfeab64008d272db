# libdeflate: Libdeflate::Libdeflate.
include(CLibrary)
find_c_library(Libdeflate HEADER libdeflate.h LIBRARY deflate)
