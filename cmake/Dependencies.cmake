# Third-party code, by Debian package name (install/setup.sh installs them). Each is linked by one library
# of ours only; FindXXX.cmake beside this file finds what comes without a package file for CMake.
find_package(Threads REQUIRED)

set(GITSTREAM_SOURCES "" CACHE PATH "Source packages of all of these, to be compiled here; empty: the system has them")
if(GITSTREAM_SOURCES)
  include(DependencySources)
else()
  find_package(CLI11 REQUIRED)
  find_package(fmt REQUIRED)
  # The archives of all of these, or nothing static.
  set(GS_FOUND_LIBRARIES YamlCpp Libdeflate Utf8proc)
  if(GITSTREAM_STATIC)
    foreach(library IN LISTS GS_FOUND_LIBRARIES)
      set(${library}_USE_STATIC_LIBS ON)
      find_package(${library} QUIET)
      if(NOT ${library}_FOUND)
        message(STATUS "git-stream: no archive of ${library}: linking shared libraries (slower start)")
        set(GITSTREAM_STATIC OFF CACHE BOOL "" FORCE)
        break()
      endif()
    endforeach()
  endif()
  foreach(library IN LISTS GS_FOUND_LIBRARIES)
    set(${library}_USE_STATIC_LIBS ${GITSTREAM_STATIC})
    find_package(${library} REQUIRED)
  endforeach()
endif()

# CLI11 is headers, compiled in one source.
add_library(gs_cli INTERFACE)
target_link_libraries(gs_cli INTERFACE CLI11::CLI11)

# Header-only fmt is compiled again by every source that formats, and 34 copies of its tables were in
# a program: one source has them, as Debian has no archive to link statically.
add_library(gs_fmt INTERFACE)
if(GITSTREAM_STATIC)
  add_library(gs_fmt_source STATIC "${CMAKE_CURRENT_LIST_DIR}/fmt.cpp")
  target_include_directories(gs_fmt_source SYSTEM PUBLIC $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
  target_link_libraries(gs_fmt_source PUBLIC gs_options)
  target_link_libraries(gs_fmt INTERFACE gs_fmt_source)
else()
  target_link_libraries(gs_fmt INTERFACE fmt::fmt)
endif()

add_library(gs_yaml INTERFACE)
target_link_libraries(gs_yaml INTERFACE YamlCpp::YamlCpp)
add_library(gs_deflate INTERFACE)
target_link_libraries(gs_deflate INTERFACE Libdeflate::Libdeflate)
add_library(gs_utf8proc INTERFACE)
target_link_libraries(gs_utf8proc INTERFACE Utf8proc::Utf8proc)

# libcurl (Debian: libcurl4-openssl-dev) is for git-stream-etcd alone, which is left out without it.
if(NOT GITSTREAM_SOURCES)
  find_package(CURL 7.85 QUIET)
endif()
option(GITSTREAM_ETCD "Build git-stream-etcd, for leases in etcd" ${CURL_FOUND})
