# share/doc/git-stream/copyright: whose work a static program contains, and by which licence, as each package states it.
if(GITSTREAM_SOURCES)  # whose own are known by now
  cmake_path(GET GITSTREAM_ZIG PARENT_PATH zig)
  set_property(GLOBAL APPEND PROPERTY GS_LICENCES "ziglang (libc++ and libunwind)" "${zig}/lib/libcxx/LICENSE.TXT"
    "ziglang (compiler-rt)" "${zig}/LICENSE")
  if(NOT APPLE)
    set_property(GLOBAL APPEND PROPERTY GS_LICENCES "ziglang (musl)" "${zig}/lib/libc/musl/COPYRIGHT")
  endif()
else()
  string(REGEX MATCH "^[0-9]+" gcc "${CMAKE_CXX_COMPILER_VERSION}")
  foreach(package libyaml-cpp-dev libdeflate-dev libutf8proc-dev libfmt-dev libcli11-dev libc6-dev)
    set_property(GLOBAL APPEND PROPERTY GS_LICENCES "${package}" "/usr/share/doc/${package}/copyright")
  endforeach()
  set_property(GLOBAL APPEND PROPERTY GS_LICENCES "libgcc-${gcc}-dev, libstdc++-${gcc}-dev" "/usr/share/doc/libgcc-${gcc}-dev/copyright")
endif()

set(text "git-stream is licensed under the Apache License, Version 2.0 (/usr/share/common-licenses/Apache-2.0 on Debian,
https://www.apache.org/licenses/LICENSE-2.0).

Copyright: the contributors of git-stream.

The program contains the following libraries, under their own licences.
")
get_property(licences GLOBAL PROPERTY GS_LICENCES)
while(licences)
  list(POP_FRONT licences name file)
  if(EXISTS "${file}")
    file(READ "${file}" licence)
    # Debian wants the Apache License named, not repeated.
    string(REGEX REPLACE "TERMS AND CONDITIONS FOR USE, REPRODUCTION.*(---- LLVM Exceptions)" "(See above.)\n\n\\1" licence "${licence}")
    string(APPEND text "\n==== ${name}\n\n${licence}")
  else()
    message(STATUS "git-stream: no licence of ${name} (${file}): a package made here must not be given away")
  endif()
endwhile()
file(WRITE "${PROJECT_BINARY_DIR}/copyright" "${text}")
install(FILES "${PROJECT_BINARY_DIR}/copyright" DESTINATION ${CMAKE_INSTALL_DOCDIR})
