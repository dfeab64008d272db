# Read by ctest as it starts: adds a test for each suite of the GoogleTest program `program`, called
# "label: Suite"; a suite of more than `cases` cases is divided into "label: Suite (1 of 3)" and so on.
if(NOT EXISTS "${program}")
  add_test("${label}: not built" sh -c "echo '${program} is not built'; exit 1")
  set_tests_properties("${label}: not built" PROPERTIES LABELS "${label}")
  return()
endif()
execute_process(COMMAND "${program}" --gtest_list_tests OUTPUT_VARIABLE listed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${program} --gtest_list_tests: ${status}")
endif()
string(REGEX REPLACE "[][;]" "" listed "${listed}")  # of the parameters' values, which mean something to CMake
string(REPLACE "\n" ";" lines "${listed}")

# "Suite.", "Instance/Suite.  # TypeParam = …", and below it, indented, its cases.
set(suites)
foreach(line IN LISTS lines)
  if(line MATCHES "^([^ ]+)\\.( |$)")
    set(suite "${CMAKE_MATCH_1}")
    list(APPEND suites "${suite}")
    set(count_${suite} 0)
  elseif(line MATCHES "^  ")
    math(EXPR count_${suite} "${count_${suite}} + 1")
  endif()
endforeach()

foreach(suite IN LISTS suites)
  math(EXPR parts "(${count_${suite}} + ${cases} - 1) / ${cases}")
  foreach(part RANGE 1 ${parts})
    set(name "${label}: ${suite}")
    if(parts GREATER 1)
      string(APPEND name " (${part} of ${parts})")
    endif()
    math(EXPR index "${part} - 1")
    math(EXPR cost "${count_${suite}} / ${parts}")  # the longest first
    add_test("${name}" "${program}" "--gtest_filter=${suite}.*")
    set_tests_properties("${name}" PROPERTIES LABELS "${label}" TIMEOUT 600 COST ${cost}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${parts};GTEST_SHARD_INDEX=${index}")
  endforeach()
  unset(count_${suite})
endforeach()
