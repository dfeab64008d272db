# What is not a program: the manual page, the schema and the example policy.
include(GNUInstallDirs)
install(FILES docs/git-stream.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES config/streams.schema.json config/trading-bot.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/git-stream)
