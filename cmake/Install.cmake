# What is not a program: the manual pages, completion scripts, schemas and the example policy; and a Debian package of all of it.
install(FILES docs/git-stream.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/git-stream-policy.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
set(completion plugins/git-stream/completion)
install(FILES ${completion}/git-stream.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME git-stream)
install(FILES ${completion}/_git-stream DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completion}/git-stream.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${completion}/conf.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_conf.d RENAME git-stream.fish)
install(FILES config/streams.schema.json config/trading-bot.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/git-stream)
install(DIRECTORY config/schemas DESTINATION ${CMAKE_INSTALL_DATADIR}/git-stream FILES_MATCHING PATTERN *.schema.json)
if(GITSTREAM_STATIC)
  include(Copyright)
endif()

# `cpack -G DEB` in a release build's folder; install/package.sh makes all packages.
set(CPACK_PACKAGE_NAME git-stream)
set(CPACK_PACKAGE_VENDOR "git-stream")
set(CPACK_PACKAGE_CONTACT "git-stream maintainers <maintainers@users.noreply.r-seed-46f3059b.example>")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL git-stream debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
if(CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
elseif(CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE amd64)
endif()
set(CPACK_DEBIAN_PACKAGE_SECTION vcs)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "git (>= 1:2.39)")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "native git hooks that judge what many agents and people change")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Coding agents and people work on one Python repository side by side, each in
a worktree and a stream of its own. Every commit, ref update and push is
judged in milliseconds: a change outside the agent's scope, to a file that
somebody else has locked, or with an import that violates the layering rules
is refused.

The command git-stream manages streams, locks and merges, and shows which
conflicts merging all streams now would make.")
if(NOT GITSTREAM_STATIC)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()

# What Debian wants in a package besides; of this component nothing is installed otherwise.
set(debian "${PROJECT_BINARY_DIR}/debian")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH's, where that is set
file(WRITE "${debian}/changelog" "git-stream (${PROJECT_VERSION}) unstable; urgency=medium

  * Release of version ${PROJECT_VERSION}; CHANGELOG.md of the sources says what it brings.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(WRITE "${debian}/git-stream" "# The program starts in a millisecond, hundreds of times a day, because it is static.
git-stream: statically-linked-binary [usr/bin/git-stream]
")
install(FILES "${debian}/changelog" DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT debian)
install(FILES "${debian}/git-stream" DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT debian)
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/CompressPages.cmake")
include(CPack)
