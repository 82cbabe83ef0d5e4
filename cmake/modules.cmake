# SPDX-License-Identifier: Apache-2.0
if(BUILD_TESTING)
  include(GoogleTest)
endif()

# One precompiled header for all sources that speak JSON: json.hpp alone costs 3 s a file, and what is made of it 6 s more.
file(WRITE ${CMAKE_BINARY_DIR}/empty.cpp "")
add_library(sallyport_pch STATIC ${CMAKE_BINARY_DIR}/empty.cpp)
target_link_libraries(sallyport_pch PUBLIC sallyport_options nlohmann_json::nlohmann_json)
set(json ${CMAKE_SOURCE_DIR}/operator/base/json_instances.hpp)
target_precompile_headers(sallyport_pch PRIVATE
  ${json} <algorithm> <chrono> <condition_variable> <cstdint> <expected> <functional> <map> <memory>
  <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <variant> <vector>)
if(BUILD_TESTING)
  add_library(sallyport_test_pch STATIC ${CMAKE_BINARY_DIR}/empty.cpp)
  target_link_libraries(sallyport_test_pch PUBLIC sallyport_options nlohmann_json::nlohmann_json GTest::gmock GTest::gtest sallyport_test_options)
  target_precompile_headers(sallyport_test_pch PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> ${json} <algorithm> <chrono> <functional> <map> <memory> <mutex>
    <optional> <set> <string> <string_view> <thread> <vector>)
endif()

# sallyport_module(NAME DIR folder [SOURCES folder...] [LINK target...] [TEST_LINK target...])
# Every .cpp below DIR (or below the SOURCES folders) is compiled into the library sallyport::NAME, except main.cpp.
# Every tests/<same folder>/**/*_test.cpp goes into the program test_NAME. Both lists are found, never written by hand.
function(sallyport_module NAME)
  cmake_parse_arguments(ARG "" "DIR" "SOURCES;LINK;TEST_LINK" ${ARGN})
  if(NOT ARG_SOURCES)
    set(ARG_SOURCES ${ARG_DIR})
  endif()
  set(sources)
  set(tests)
  foreach(folder IN LISTS ARG_SOURCES)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
    list(APPEND sources ${found})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*_test.cpp)
    list(APPEND tests ${found})
  endforeach()
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    set(sources ${CMAKE_BINARY_DIR}/empty.cpp)
  endif()
  add_library(sallyport_${NAME} STATIC ${sources})
  add_library(sallyport::${NAME} ALIAS sallyport_${NAME})
  target_link_libraries(sallyport_${NAME} PUBLIC sallyport_options nlohmann_json::nlohmann_json Threads::Threads ${ARG_LINK})
  target_precompile_headers(sallyport_${NAME} REUSE_FROM sallyport_pch)
  if(tests AND BUILD_TESTING)
    sallyport_test(test_${NAME} SOURCES ${tests} LINK sallyport::${NAME} ${ARG_TEST_LINK})
  endif()
endfunction()

# sallyport_test(NAME SOURCES file... LINK target... [LABEL label] [FILTER names] [PROPERTIES property value...]):
# a GoogleTest program; every TEST becomes a ctest entry (those that FILTER names, when it is given).
function(sallyport_test NAME)
  cmake_parse_arguments(ARG "" "LABEL;FILTER" "SOURCES;LINK;PROPERTIES" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE sallyport_options ${ARG_LINK} sallyport::testing GTest::gmock_main sallyport_test_options)
  target_compile_options(${NAME} PRIVATE -fPIC)  # as the precompiled header, which a program's own -fPIE would not fit
  target_precompile_headers(${NAME} REUSE_FROM sallyport_test_pch)
  target_compile_definitions(${NAME} PRIVATE SALLYPORT_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SALLYPORT_BINARY_DIR="${CMAKE_BINARY_DIR}")
  sallyport_discover(${NAME} LABEL "${ARG_LABEL}" FILTER "${ARG_FILTER}" PROPERTIES ${ARG_PROPERTIES})
endfunction()

# sallyport_discover(NAME [LABEL label] [FILTER names] [PROPERTIES property value...]): more entries of the same program,
# such as those that need a real system.
function(sallyport_discover NAME)
  cmake_parse_arguments(ARG "" "LABEL;FILTER" "PROPERTIES" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_FILTER "${ARG_FILTER}"
    TEST_LIST ${NAME}_${ARG_LABEL}_TESTS PROPERTIES TIMEOUT 120 LABELS ${ARG_LABEL} ${ARG_PROPERTIES})
endfunction()

# sallyport_program(NAME MAIN file LINK target...)
function(sallyport_program NAME)
  cmake_parse_arguments(ARG "" "MAIN" "LINK" ${ARGN})
  add_executable(${NAME} ${ARG_MAIN})
  target_link_libraries(${NAME} PRIVATE sallyport_options ${ARG_LINK})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
