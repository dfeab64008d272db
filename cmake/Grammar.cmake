# gs_python_grammar and gs_bash_grammar: tree-sitter's grammars, which Debian has no packages of; and
# gs_tree_sitter, the library, because Debian 12's (0.20.7) corrupts memory on nodes with more than 65,535
# children, which any file of 65,536 open brackets has. npm fetches them, once a checkout, into build/tools;
# what came is held to the digests below. Never committed.
set(GS_TREE_SITTER "tree-sitter-0.22.4")
set(GS_PYTHON_GRAMMAR "tree-sitter-python-0.23.6")  # ABI 14: what the library takes
set(GS_BASH_GRAMMAR "tree-sitter-bash-0.23.3")      # the last of ABI 14
# npm's "integrity", in hexadecimal.
set(GS_PYTHON_GRAMMAR_SHA512 "c8833dcf4a31288c53edb02d3ce860a1597a8135e59a5221b9eee58854f8a013c5fe585aec76b8750052f3602fea130c459a159c5248f0cea62fe4b05a82c3dc")
set(GS_BASH_GRAMMAR_SHA512 "dfa720fc643662621b7a205ea9eba1e1f049ea2e24815a2e0daa93c6a8a1e72b0f6a0fb31ee7f221ac4c38578cf027a997000afcbba3d68e571ea81d01fa0266")
set(GS_TREE_SITTER_SHA512 "bac6c764ff7fa3136c518eb931052c76e191a831d03a8bb571a8144b08e1a126009926a18d00c056c87db3e4a56649fc5fcf8ed4550b446c07bbb0053f7923ce")
set(GITSTREAM_GRAMMAR "" CACHE PATH "npm's package tree-sitter-python, as .tgz or unpacked; empty: npm fetches it")
set(GITSTREAM_BASH_GRAMMAR "" CACHE PATH "npm's package tree-sitter-bash, as .tgz or unpacked; empty: npm fetches it")
set(GITSTREAM_TREE_SITTER "" CACHE PATH "npm's package tree-sitter, as .tgz or unpacked; empty: npm fetches it")
set(GS_TOOLS "${PROJECT_SOURCE_DIR}/build/tools")  # the build folders of a checkout share it

function(gs_fetch name sha512 variable archive)
  if(EXISTS "${archive}")
    file(SHA512 "${archive}" digest)
    if(digest STREQUAL sha512)
      return()
    endif()
    message(STATUS "git-stream: ${archive} is damaged: fetching it again")
  endif()
  string(REGEX REPLACE "-([0-9.]+)$" "@\\1" package "${name}")
  set(instead "Or run `npm pack ${package}` elsewhere and give its file: -D${variable}=PATH/${name}.tgz")
  find_program(GS_NPM npm)
  mark_as_advanced(GS_NPM)
  if(NOT GS_NPM)
    message(FATAL_ERROR "git-stream needs ${package}, and there is no npm to fetch it.\n"
      "Install npm (Debian: apt-get install npm). ${instead}")
  endif()
  message(STATUS "git-stream: fetching ${package}")
  # Into a folder of this build, then renamed: other builds of the checkout may be at it too.
  set(folder "${PROJECT_BINARY_DIR}/fetched")
  file(MAKE_DIRECTORY "${folder}" "${GS_TOOLS}")
  execute_process(COMMAND "${GS_NPM}" pack --loglevel=error --ignore-scripts --pack-destination "${folder}" "${package}"
    WORKING_DIRECTORY "${folder}" RESULT_VARIABLE result ERROR_VARIABLE errors OUTPUT_QUIET TIMEOUT 120)
  set(fetched "${folder}/${name}.tgz")
  if(NOT result EQUAL 0 OR NOT EXISTS "${fetched}")
    message(FATAL_ERROR "git-stream: `npm pack ${package}` failed (${result}): is the network there?\n${errors}\n"
      "Configure again when it is. ${instead}")
  endif()
  file(SHA512 "${fetched}" digest)
  if(NOT digest STREQUAL sha512)
    file(REMOVE "${fetched}")
    message(FATAL_ERROR "git-stream: npm's ${package} is not the one that this version was made with.\n"
      "Expected SHA-512 ${sha512}\ngot              ${digest}\nLook at npm's settings (`npm config get registry`).")
  endif()
  file(RENAME "${fetched}" "${archive}")
  file(REMOVE_RECURSE "${folder}")
endfunction()

# Sets `out` to the package's folder, fetched and unpacked if need be.
function(gs_package name sha512 variable file out)
  set(given "${${variable}}")
  set(archive "${GS_TOOLS}/${name}.tgz")
  if(given AND NOT EXISTS "${given}")
    message(FATAL_ERROR "git-stream: ${variable} is ${given}, which does not exist.")
  elseif(IS_DIRECTORY "${given}")
    set(folder "${given}")
  else()
    if(given)
      set(archive "${given}")
    else()
      gs_fetch(${name} ${sha512} ${variable} "${archive}")
    endif()
    file(SHA512 "${archive}" digest)
    string(SUBSTRING "${digest}" 0 12 short)
    set(unpacked "${PROJECT_BINARY_DIR}/${name}-${short}")
    if(NOT EXISTS "${unpacked}/whole" OR NOT EXISTS "${unpacked}/package/LICENSE")
      string(REGEX REPLACE "/.*" "" sources "${file}")
      file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${unpacked}" PATTERNS "package/${sources}/*" "package/LICENSE")
      file(TOUCH "${unpacked}/whole")
    endif()
    set(folder "${unpacked}/package")
  endif()
  if(NOT EXISTS "${folder}/${file}")
    message(FATAL_ERROR "git-stream: ${folder} is not ${name}: ${file} is missing.")
  endif()
  set(${out} "${folder}" PARENT_SCOPE)
  set_property(GLOBAL APPEND PROPERTY GS_LICENCES "${name}" "${folder}/LICENSE")
endfunction()

# Code of others: no warnings, and fast in every build.
function(gs_sanitize_others source)  # without their arithmetic, which is theirs
  if(GITSTREAM_SANITIZE)
    string(REPLACE ",undefined" "" theirs "${GITSTREAM_SANITIZE}")
    set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "-fsanitize=${theirs};-fno-omit-frame-pointer")
  endif()
endfunction()

gs_package(${GS_TREE_SITTER} ${GS_TREE_SITTER_SHA512} GITSTREAM_TREE_SITTER vendor/tree-sitter/lib/src/lib.c folder)
set(library "${folder}/vendor/tree-sitter/lib")
add_library(gs_tree_sitter STATIC "${library}/src/lib.c")
target_include_directories(gs_tree_sitter SYSTEM PUBLIC "${library}/include" PRIVATE "${library}/src")
target_compile_options(gs_tree_sitter PRIVATE -w -O2 -ffunction-sections -fdata-sections)
gs_sanitize_others("${library}/src/lib.c")

# gs_grammar(TARGET NAME SHA512 VARIABLE): a grammar's tables and its scanner.
function(gs_grammar target name sha512 variable)
  gs_package(${name} ${sha512} ${variable} src/parser.c folder)
  add_library(${target} STATIC "${folder}/src/parser.c" "${folder}/src/scanner.c")
  target_include_directories(${target} SYSTEM PRIVATE "${folder}/src")
  target_compile_options(${target} PRIVATE -w -O2 -ffunction-sections -fdata-sections)
  gs_sanitize_others("${folder}/src/scanner.c")  # parser.c is tables, and takes long
endfunction()

gs_grammar(gs_python_grammar ${GS_PYTHON_GRAMMAR} ${GS_PYTHON_GRAMMAR_SHA512} GITSTREAM_GRAMMAR)
gs_grammar(gs_bash_grammar ${GS_BASH_GRAMMAR} ${GS_BASH_GRAMMAR_SHA512} GITSTREAM_BASH_GRAMMAR)
