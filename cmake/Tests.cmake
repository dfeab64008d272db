# How tests are compiled, and told to ctest.
set(GS_PYTHON "${Python3_EXECUTABLE}" -B)  # leaves no compiled files in the sources

# gs_quick(TARGET): a test's own code runs for moments and is compiled for seconds; what it tests is
# optimised as everywhere.
function(gs_quick target)
  target_compile_options(${target} PRIVATE -O0)
  if(GITSTREAM_PCH AND target STREQUAL gs_test_support)
    target_precompile_headers(${target} PRIVATE ${GS_PCH_STANDARD} <filesystem> <gmock/gmock.h> <gtest/gtest.h>)
  elseif(GITSTREAM_PCH)
    target_precompile_headers(${target} REUSE_FROM gs_test_support)
  endif()
endfunction()

# gs_test(NAME FOLDER LABEL label [LINKS ...] [CASES n] [TESTED pattern]): the sources in a folder, and in folders in it,
# are one GoogleTest program. ctest has a test for each suite of it ("git: PackFile"), a process each;
# a suite of more than n cases is divided into parts. Suites that the pattern matches start the command of GITSTREAM_TESTED_BUILD.
function(gs_test name folder)
  cmake_parse_arguments(ARG "" "LABEL;CASES;TESTED" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
  add_executable(${name} ${sources})
  gs_quick(${name})
  target_link_libraries(${name} PRIVATE gs_test_support ${ARG_LINKS})
  target_compile_definitions(${name} PRIVATE GS_SOURCE_DIR="${PROJECT_SOURCE_DIR}" GS_BUILD_DIR="${PROJECT_BINARY_DIR}")
  if(NOT ARG_CASES)
    set(ARG_CASES 1000)
  endif()
  set(suites "${CMAKE_CURRENT_BINARY_DIR}/${name}_suites.cmake")
  file(GENERATE OUTPUT "${suites}" CONTENT "set(program \"$<TARGET_FILE:${name}>\")
set(label \"${ARG_LABEL}\")
set(cases ${ARG_CASES})
set(tested \"${ARG_TESTED}\")
set(tested_build \"${GITSTREAM_TESTED_BUILD}\")
include(\"${PROJECT_SOURCE_DIR}/cmake/ListSuites.cmake\")
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${suites}")
endfunction()

# gs_script_test("LABEL: NAME" COMMAND ... [PROPERTIES ...]): any other program that ends with 0 when all is well.
function(gs_script_test title)
  cmake_parse_arguments(ARG "" "" "COMMAND;PROPERTIES" ${ARGN})
  string(REGEX REPLACE ":.*" "" label "${title}")
  add_test(NAME "${title}" COMMAND ${ARG_COMMAND})
  set_tests_properties("${title}" PROPERTIES LABELS "${label}" TIMEOUT 600 ${ARG_PROPERTIES})
endfunction()
