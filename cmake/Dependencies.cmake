# Third-party code, by Debian package name (install/setup.sh installs them). Each is linked by one room only.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

find_package(nlohmann_json REQUIRED)
add_library(gs_json INTERFACE)
target_link_libraries(gs_json INTERFACE nlohmann_json::nlohmann_json)

find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)
add_library(gs_cli INTERFACE)
target_include_directories(gs_cli SYSTEM INTERFACE "${CLI11_INCLUDE_DIR}")

# Static archives of the libraries that come with them in Debian; nothing static if one is missing.
set(GS_ARCHIVES git2 http_parser pcre2-8 z deflate mbedcrypto yaml-cpp utf8proc)
foreach(archive IN LISTS GS_ARCHIVES)
  string(MAKE_C_IDENTIFIER "GS_ARCHIVE_${archive}" variable)
  find_library(${variable} NAMES "lib${archive}.a")
  mark_as_advanced(${variable})
  if(GITSTREAM_STATIC AND NOT ${variable})
    message(STATUS "git-stream: lib${archive}.a is missing: linking shared libraries (slower start)")
    set(GITSTREAM_STATIC OFF CACHE BOOL "" FORCE)
  endif()
endforeach()

# Header-only in what is installed: no start-up cost, one copy a program. Elsewhere its code is not
# compiled again in every source that formats: under sanitizers that took 6 s each.
find_package(fmt REQUIRED)
add_library(gs_fmt INTERFACE)
target_link_libraries(gs_fmt INTERFACE $<IF:$<BOOL:${GITSTREAM_STATIC}>,fmt::fmt-header-only,fmt::fmt>)

add_library(gs_git2 INTERFACE)
add_library(gs_yaml INTERFACE)
add_library(gs_deflate INTERFACE)
add_library(gs_utf8proc INTERFACE)
if(GITSTREAM_STATIC)
  # libgit2 reaches TLS, ssh, http and the smart transport through six symbols; defining them here
  # keeps those archive members, and the 4.5 ms in which they decode the CA certificates, out.
  add_library(gs_no_network OBJECT "${PROJECT_SOURCE_DIR}/lib/git/no_network.c")
  add_library(gs_no_network_link INTERFACE)
  target_link_libraries(gs_git2 INTERFACE
    $<TARGET_OBJECTS:gs_no_network> ${GS_ARCHIVE_git2} ${GS_ARCHIVE_http_parser}
    ${GS_ARCHIVE_pcre2_8} ${GS_ARCHIVE_z} ${GS_ARCHIVE_mbedcrypto} Threads::Threads)
  target_link_libraries(gs_yaml INTERFACE ${GS_ARCHIVE_yaml_cpp})
  target_link_libraries(gs_utf8proc INTERFACE ${GS_ARCHIVE_utf8proc})
  target_link_libraries(gs_deflate INTERFACE ${GS_ARCHIVE_deflate})
else()
  pkg_check_modules(GIT2 REQUIRED IMPORTED_TARGET libgit2)
  target_link_libraries(gs_git2 INTERFACE PkgConfig::GIT2 Threads::Threads)
  pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
  target_link_libraries(gs_yaml INTERFACE PkgConfig::YAMLCPP)
  pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
  target_link_libraries(gs_utf8proc INTERFACE PkgConfig::UTF8PROC)
  pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
  target_link_libraries(gs_deflate INTERFACE PkgConfig::DEFLATE)
endif()
