# Interfaces as lib/syntax finds them against CPython's own parser: the standard library's and Django's.
add_executable(dump_interfaces differential/dump_interfaces.cpp)
target_link_libraries(dump_interfaces PRIVATE gs_options gs_syntax)
add_test(NAME "differential: interfaces" COMMAND ${Python3_EXECUTABLE}
  "${CMAKE_CURRENT_SOURCE_DIR}/differential/compare_interfaces.py" $<TARGET_FILE:dump_interfaces> 400)
set_tests_properties("differential: interfaces" PROPERTIES LABELS differential TIMEOUT 300)
