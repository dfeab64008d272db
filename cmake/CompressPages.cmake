# Run by CPack on what it is about to pack: Debian has manual pages and the changelog compressed.
file(GLOB_RECURSE pages "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*.[1-8]" "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*changelog")
execute_process(COMMAND gzip -9n ${pages} COMMAND_ERROR_IS_FATAL ANY)
