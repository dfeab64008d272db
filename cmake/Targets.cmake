# What nearly every source reads, read once: a quarter of a build's time. Only where GITSTREAM_PCH is on:
# the builds without it (dev) see to it that every file includes what it uses.
set(GS_PCH_STANDARD <algorithm> <array> <cstdint> <filesystem> <functional> <map> <memory> <optional>
  <set> <span> <string> <string_view> <utility> <variant> <vector>)

# gs_precompile(TARGET): the standard headers, shared by all targets with the usual options.
function(gs_precompile target)
  if(NOT GITSTREAM_PCH)
    return()
  endif()
  if(NOT TARGET gs_pch)
    add_library(gs_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp")
    target_link_libraries(gs_pch PRIVATE gs_options)
    target_precompile_headers(gs_pch PRIVATE ${GS_PCH_STANDARD})
  endif()
  target_precompile_headers(${target} REUSE_FROM gs_pch)
endfunction()

# gs_library(NAME LINKS ...): every .cpp of the calling folder becomes the static library gs_NAME.
function(gs_library name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(NOT sources)  # only headers so far
    add_library(gs_${name} INTERFACE)
    target_link_libraries(gs_${name} INTERFACE gs_options ${ARG_LINKS})
    return()
  endif()
  add_library(gs_${name} STATIC ${sources})
  target_link_libraries(gs_${name} PUBLIC gs_options ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  gs_precompile(gs_${name})
endfunction()

# gs_program(NAME OUTPUT_DIR LINKS ...): an executable as it is installed, static where that is possible.
function(gs_program name)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCE;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCE})
  target_link_libraries(${name} PRIVATE gs_options ${ARG_LINKS})
  if(ARG_OUTPUT)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME ${ARG_OUTPUT})
  endif()
  if(GITSTREAM_STATIC)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    # A static program's start code registers its unwind tables, and the first exception sorts them
    # all: 37 million instructions. With an index that the linker writes, and that start code left
    # without the (weak) functions to register with, they are found as in any other program.
    target_link_options(${name} PRIVATE -static -no-pie -Wl,--gc-sections -Wl,--eh-frame-hdr
      -Wl,--wrap=__register_frame_info -Wl,--wrap=__deregister_frame_info)
  endif()
endfunction()
