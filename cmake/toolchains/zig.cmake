# For another machine, with zig (PyPI's ziglang): clang and libc++, and each target's C library and headers.
#
#   GITSTREAM_TARGET  as zig names it: x86_64-linux-musl, aarch64-linux-musl, aarch64-macos
#   GITSTREAM_ZIG     the program zig
#
# install/cross.sh gives both. CMake and ccache know compilers by one path each: there a script for each is written.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GITSTREAM_TARGET GITSTREAM_ZIG)
string(REGEX MATCH "^([^-]+)-([^-]+)" matched "${GITSTREAM_TARGET}")
set(CMAKE_SYSTEM_PROCESSOR "${CMAKE_MATCH_1}")
if(CMAKE_MATCH_2 STREQUAL "macos")
  set(CMAKE_SYSTEM_NAME Darwin)
elseif(CMAKE_MATCH_2 STREQUAL "linux")
  set(CMAKE_SYSTEM_NAME Linux)
else()
  message(FATAL_ERROR "git-stream: GITSTREAM_TARGET is '${GITSTREAM_TARGET}', which is no target of zig for Linux or macOS")
endif()

set(tools "${CMAKE_CURRENT_LIST_DIR}/../../build/tools/zig-${GITSTREAM_TARGET}")
cmake_path(NORMAL_PATH tools)
# gs_zig_tool(FILE ARGUMENTS): zig's compile cache is left beside its scripts. By itself zig adds debug information, and to
# unoptimised code checks of UBSan that end the program without a word.
function(gs_zig_tool file arguments)
  file(CONFIGURE OUTPUT "${tools}/${file}" CONTENT [[
#!/bin/sh
export ZIG_GLOBAL_CACHE_DIR="@tools@/cache" ZIG_LOCAL_CACHE_DIR="@tools@/cache"
exec "@GITSTREAM_ZIG@" @arguments@ "$@"
]] @ONLY)
  file(CHMOD "${tools}/${file}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()
gs_zig_tool(clang "cc -target ${GITSTREAM_TARGET} -g0 -fno-sanitize=undefined")
gs_zig_tool(clang++ "c++ -target ${GITSTREAM_TARGET} -g0 -fno-sanitize=undefined")
gs_zig_tool(ar ar)
gs_zig_tool(ranlib ranlib)

set(CMAKE_C_COMPILER "${tools}/clang")
set(CMAKE_CXX_COMPILER "${tools}/clang++")
set(CMAKE_AR "${tools}/ar")
set(CMAKE_RANLIB "${tools}/ranlib")
# This machine's know no other's programs: the linker strips. Said of all links, as zig compiles its libraries for each way
# of linking.
set(CMAKE_EXE_LINKER_FLAGS_INIT -s)
set(CMAKE_STRIP "")
set(CMAKE_OBJCOPY "")
# zig finds its own headers and libraries; nothing of this machine is for the other.
set(CMAKE_FIND_ROOT_PATH "${tools}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
