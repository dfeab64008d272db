# gs_options carries what every target of ours is compiled with.
add_library(gs_options INTERFACE)
target_compile_features(gs_options INTERFACE cxx_std_20)
target_include_directories(gs_options INTERFACE "${PROJECT_SOURCE_DIR}")
# What a program never calls is left out of it, functions and tables one by one.
target_compile_options(gs_options INTERFACE -ffunction-sections -fdata-sections)
target_compile_options(gs_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-qual -Woverloaded-virtual -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(gs_options INTERFACE -Wlogical-op -Wduplicated-cond -Wduplicated-branches)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)  # false alarms on joined and searched strings (PR 105651, 105329)
    target_compile_options(gs_options INTERFACE
      -Wno-restrict -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow)
  endif()
  if(GITSTREAM_SANITIZE)  # false alarms between the checks: GCC says so itself
    target_compile_options(gs_options INTERFACE -Wno-maybe-uninitialized)
  endif()
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12 sorts by what it calls deprecated, and silences GCC alone.
  target_compile_options(gs_options INTERFACE -Wno-deprecated-declarations)
endif()
if(GITSTREAM_WERROR)
  target_compile_options(gs_options INTERFACE -Werror)
endif()
if(GITSTREAM_SANITIZE)
  # Not position-independent: the tables of checks hold millions of addresses, which the loader would
  # have to put right in each of the thousands of processes that the tests start.
  target_compile_options(gs_options INTERFACE
    -fsanitize=${GITSTREAM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -fno-pie)
  target_link_options(gs_options INTERFACE -fsanitize=${GITSTREAM_SANITIZE} -no-pie)
  if(GITSTREAM_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Otherwise each process that is started makes stacks of a second kind: half as long again.
    target_compile_options(gs_options INTERFACE -fsanitize-address-use-after-return=never)
  endif()
  if(GITSTREAM_SANITIZE_NOT)
    target_compile_options(gs_options INTERFACE -fno-sanitize=${GITSTREAM_SANITIZE_NOT})
  endif()
endif()
