# Module resolution against CPython's importlib, on random folder trees.
add_executable(resolve_modules "${CMAKE_CURRENT_LIST_DIR}/resolve_modules.cpp")
target_link_libraries(resolve_modules PRIVATE gs_test_support gs_analyzers)
find_package(Python3 COMPONENTS Interpreter REQUIRED)
add_test(NAME "differential: resolution"
  COMMAND ${Python3_EXECUTABLE} "${CMAKE_CURRENT_LIST_DIR}/compare_resolution.py" $<TARGET_FILE:resolve_modules>)
set_tests_properties("differential: resolution" PROPERTIES LABELS differential TIMEOUT 300)
