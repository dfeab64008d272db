# Merges in memory against git's own, and what they break against CPython's imports.
add_executable(merge_pairs "${CMAKE_CURRENT_LIST_DIR}/merge_pairs.cpp")
target_link_libraries(merge_pairs PRIVATE gs_options gs_streams)
add_test(NAME "differential: merges"
  COMMAND ${Python3_EXECUTABLE} "${CMAKE_CURRENT_LIST_DIR}/compare_merges.py" $<TARGET_FILE:merge_pairs>)
add_test(NAME "differential: merged imports"
  COMMAND ${Python3_EXECUTABLE} "${CMAKE_CURRENT_LIST_DIR}/compare_merged_imports.py" $<TARGET_FILE:merge_pairs>)
set_tests_properties("differential: merges" "differential: merged imports" PROPERTIES LABELS differential TIMEOUT 300)
