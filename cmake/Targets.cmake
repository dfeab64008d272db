# What nearly every source reads, read once: a quarter of a build's time. Only where GITSTREAM_PCH is on:
# the builds without it (dev) see to it that every file includes what it uses.
set(GS_PCH_STANDARD <algorithm> <array> <cstdint> <filesystem> <functional> <map> <memory> <optional>
  <set> <span> <string> <string_view> <utility> <variant> <vector>)

if(GITSTREAM_ZIG)  # writes them by -x c++-header alone, and takes -emit-pch for linking
  set(CMAKE_CXX_COMPILE_OPTIONS_CREATE_PCH -Xclang -include -Xclang <PCH_HEADER> -x c++-header)
endif()

# What a hook spends its time in is compiled for speed, the rest of a release for size: a third less. And the rest of the builds that
# CI makes to try it (with precompiled headers) not optimised at all: that halves the time to compile it.
# In these folders all but what is named as SMALL.
set(GS_FAST core git platform python)

# gs_precompile(TARGET): the standard headers, shared by all targets with the same options.
function(gs_precompile target)
  if(NOT GITSTREAM_PCH)
    return()
  endif()
  get_target_property(small ${target} GS_SMALL)
  set(options)
  set(pch gs_pch)
  if(small)
    set(options ${small})
    set(pch gs_pch_small)
  endif()
  if(NOT TARGET ${pch})
    add_library(${pch} OBJECT "${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp")
    target_link_libraries(${pch} PRIVATE gs_options)
    target_compile_options(${pch} PRIVATE ${options})
    target_precompile_headers(${pch} PRIVATE ${GS_PCH_STANDARD})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()

# gs_small(TARGET): compiled for size in a release, and quickly to be tried; before gs_precompile().
function(gs_small target)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    set(option -Os)
  elseif(GITSTREAM_PCH)
    set(option -O0)
  else()
    return()
  endif()
  target_compile_options(${target} PRIVATE ${option})
  set_target_properties(${target} PROPERTIES GS_SMALL ${option})
endfunction()

# gs_library(NAME LINKS ... [SMALL ...] [WITHOUT folder]): every .cpp of the calling folder, but for those of one folder
# in it, becomes the static library gs_NAME.
function(gs_library name)
  cmake_parse_arguments(ARG "" "WITHOUT" "LINKS;PRIVATE_LINKS;SMALL" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(ARG_WITHOUT)
    file(GLOB_RECURSE others CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_WITHOUT}/*.cpp")
    list(REMOVE_ITEM sources ${others})
  endif()
  if(NOT sources)  # only headers so far
    add_library(gs_${name} INTERFACE)
    target_link_libraries(gs_${name} INTERFACE gs_options ${ARG_LINKS})
    return()
  endif()
  add_library(gs_${name} STATIC ${sources})
  target_link_libraries(gs_${name} PUBLIC gs_options ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  if(NOT name IN_LIST GS_FAST)
    gs_small(gs_${name})
  elseif(CMAKE_BUILD_TYPE STREQUAL "Release" AND ARG_SMALL)
    file(GLOB small CONFIGURE_DEPENDS ${ARG_SMALL})
    set_source_files_properties(${small} PROPERTIES COMPILE_OPTIONS -Os SKIP_PRECOMPILE_HEADERS ON)
  endif()
  gs_precompile(gs_${name})
endfunction()

# gold keeps one copy of functions that are the same: 2 % of a release.
include(CheckLinkerFlag)
check_linker_flag(CXX "-fuse-ld=gold;-Wl,--icf=safe" GITSTREAM_FOLDS)

include(CheckCXXSourceCompiles)
check_cxx_source_compiles("#include <version>
  #ifndef __GLIBCXX__
  #error another library
  #endif
  int main() {}" GITSTREAM_LIBSTDCXX)
if(GITSTREAM_STATIC AND GITSTREAM_LIBSTDCXX)
  add_library(gs_unused_facets OBJECT "${CMAKE_CURRENT_LIST_DIR}/unused_facets.c")
  target_compile_options(gs_unused_facets PRIVATE -fdata-sections)
endif()

# gs_program(NAME OUTPUT_DIR LINKS ...): an executable as it is installed, static where that is possible.
function(gs_program name)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCE;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCE})
  target_link_libraries(${name} PRIVATE gs_options ${ARG_LINKS})
  if(ARG_OUTPUT)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME ${ARG_OUTPUT})
  endif()
  if(GITSTREAM_SANITIZE)
    # The tests start it some ten thousand times: nothing that the loader must find and join first.
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/sanitizer_options.cpp")
    target_link_options(${name} PRIVATE -static-libgcc -static-libstdc++)
    if(GITSTREAM_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # clang links them so anyway
      target_link_options(${name} PRIVATE -static-libasan -static-libubsan)
    endif()
  elseif(APPLE)  # which has no static programs: the libraries alone are
    target_link_options(${name} PRIVATE -Wl,-dead_strip)
  elseif(GITSTREAM_STATIC)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_link_options(${name} PRIVATE -static -no-pie -Wl,--gc-sections -Wl,--eh-frame-hdr)
    if(GITSTREAM_LIBSTDCXX)
      target_sources(${name} PRIVATE $<TARGET_OBJECTS:gs_unused_facets>)
      # A static program's start code registers its unwind tables, and the first exception sorts them
      # all: 37 million instructions. With an index that the linker writes, and that start code left
      # without the (weak) functions to register with, they are found as in any other program.
      target_link_options(${name} PRIVATE -Wl,--wrap=__register_frame_info -Wl,--wrap=__deregister_frame_info)
    endif()
    if(GITSTREAM_FOLDS AND CMAKE_BUILD_TYPE STREQUAL "Release")
      target_link_options(${name} PRIVATE -fuse-ld=gold -Wl,--icf=safe)
    endif()
  endif()
endfunction()
