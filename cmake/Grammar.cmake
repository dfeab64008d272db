# gs_python_grammar: tree-sitter's Python grammar. Debian has no package of it, so npm fetches it, once a
# checkout, into build/tools; what came is held to the digest below. Never committed.
set(GS_GRAMMAR "tree-sitter-python-0.23.6")  # ABI 14: what libtree-sitter 0.20 takes
# npm's "integrity", in hexadecimal.
set(GS_GRAMMAR_SHA512 "c8833dcf4a31288c53edb02d3ce860a1597a8135e59a5221b9eee58854f8a013c5fe585aec76b8750052f3602fea130c459a159c5248f0cea62fe4b05a82c3dc")
set(GITSTREAM_GRAMMAR "" CACHE PATH "The package tree-sitter-python, as .tgz or unpacked; empty: npm fetches it")
# Not below the build folder of a preset: they share it.
set(GS_TOOLS "${PROJECT_SOURCE_DIR}/build/tools")

function(gs_fetch_grammar archive)
  if(EXISTS "${archive}")
    file(SHA512 "${archive}" digest)
    if(digest STREQUAL GS_GRAMMAR_SHA512)
      return()
    endif()
    message(STATUS "git-stream: ${archive} is damaged: fetching it again")
  endif()
  string(REGEX REPLACE "-([0-9.]+)$" "@\\1" package "${GS_GRAMMAR}")
  set(instead "With `npm pack ${package}` run elsewhere, give the file: -DGITSTREAM_GRAMMAR=PATH/${GS_GRAMMAR}.tgz")
  find_program(GS_NPM npm)
  mark_as_advanced(GS_NPM)
  if(NOT GS_NPM)
    message(FATAL_ERROR "git-stream needs the grammar ${package}, and there is no npm to fetch it.\n"
      "Install npm (Debian: apt-get install npm). ${instead}")
  endif()
  message(STATUS "git-stream: fetching ${package}")
  # Into a folder of this build, then renamed: other builds of the checkout may be at it too.
  set(folder "${PROJECT_BINARY_DIR}/grammar.fetched")
  file(MAKE_DIRECTORY "${folder}" "${GS_TOOLS}")
  execute_process(COMMAND "${GS_NPM}" pack --silent --ignore-scripts --pack-destination "${folder}" "${package}"
    WORKING_DIRECTORY "${folder}" RESULT_VARIABLE result ERROR_VARIABLE errors OUTPUT_QUIET TIMEOUT 120)
  set(fetched "${folder}/${GS_GRAMMAR}.tgz")
  if(NOT result EQUAL 0 OR NOT EXISTS "${fetched}")
    message(FATAL_ERROR "git-stream: `npm pack ${package}` failed (${result}): is the network there?\n${errors}\n"
      "Configure again when it is. ${instead}")
  endif()
  file(SHA512 "${fetched}" digest)
  if(NOT digest STREQUAL GS_GRAMMAR_SHA512)
    file(REMOVE "${fetched}")
    message(FATAL_ERROR "git-stream: npm's ${package} is not the one that this version was made with.\n"
      "Expected SHA-512 ${GS_GRAMMAR_SHA512}\ngot              ${digest}\nLook at npm's settings (`npm config get registry`).")
  endif()
  file(RENAME "${fetched}" "${archive}")
  file(REMOVE_RECURSE "${folder}")
endfunction()

# The folder `src` of the grammar, unpacked if need be.
function(gs_find_grammar out)
  set(archive "${GS_TOOLS}/${GS_GRAMMAR}.tgz")
  if(IS_DIRECTORY "${GITSTREAM_GRAMMAR}")
    set(${out} "${GITSTREAM_GRAMMAR}/src" PARENT_SCOPE)
    return()
  elseif(EXISTS "${GITSTREAM_GRAMMAR}")
    set(archive "${GITSTREAM_GRAMMAR}")
  elseif(GITSTREAM_GRAMMAR)
    message(FATAL_ERROR "git-stream: GITSTREAM_GRAMMAR is ${GITSTREAM_GRAMMAR}, which does not exist.")
  else()
    gs_fetch_grammar("${archive}")
  endif()
  file(SHA512 "${archive}" digest)
  string(SUBSTRING "${digest}" 0 12 short)
  set(folder "${PROJECT_BINARY_DIR}/grammar-${short}")
  if(NOT EXISTS "${folder}/unpacked")
    file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${folder}" PATTERNS "package/src/*")
    file(TOUCH "${folder}/unpacked")
  endif()
  set(${out} "${folder}/package/src" PARENT_SCOPE)
endfunction()

gs_find_grammar(GS_GRAMMAR_SOURCES)
if(NOT EXISTS "${GS_GRAMMAR_SOURCES}/parser.c" OR NOT EXISTS "${GS_GRAMMAR_SOURCES}/scanner.c")
  message(FATAL_ERROR "git-stream: there is no grammar in ${GS_GRAMMAR_SOURCES}: parser.c and scanner.c are missing.")
endif()

add_library(gs_python_grammar STATIC "${GS_GRAMMAR_SOURCES}/parser.c" "${GS_GRAMMAR_SOURCES}/scanner.c")
target_include_directories(gs_python_grammar SYSTEM PRIVATE "${GS_GRAMMAR_SOURCES}")
# Generated tables and code of others: no warnings, and fast in every build.
target_compile_options(gs_python_grammar PRIVATE -w -O2)
if(GITSTREAM_SANITIZE)  # the scanner is written by hand
  set_source_files_properties("${GS_GRAMMAR_SOURCES}/scanner.c" PROPERTIES
    COMPILE_OPTIONS "-fsanitize=${GITSTREAM_SANITIZE};-fno-omit-frame-pointer")
endif()
