# SPDX-License-Identifier: Apache-2.0
# Compiler flags: warnings are errors everywhere; release is hardened; dev and tsan carry sanitizers.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(SALLYPORT_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")

find_program(CCACHE ccache)
if(CCACHE)
  # The sloppiness settings are what ccache asks for to cache precompiled headers; with the other two, checkouts share it.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

add_library(sallyport_options INTERFACE)
target_include_directories(sallyport_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(sallyport_options INTERFACE
  SALLYPORT_VERSION="${PROJECT_VERSION}"
  SPDLOG_FMT_EXTERNAL SPDLOG_COMPILED_LIB)
target_compile_options(sallyport_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fno-omit-frame-pointer
  --param=ggc-min-heapsize=524288)  # KiB that g++ fills before it collects its garbage: an eighth of the time
if(CCACHE)
  target_compile_options(sallyport_options INTERFACE -fpch-preprocess)
endif()
if(CMAKE_BUILD_TYPE STREQUAL Debug)
  target_compile_options(sallyport_options INTERFACE -g1)
  set(CMAKE_CXX_FLAGS_DEBUG "-O0")
else()
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
  target_compile_options(sallyport_options INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection
    -fcf-protection)
  target_link_options(sallyport_options INTERFACE -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
if(SALLYPORT_SANITIZE)
  target_compile_options(sallyport_options INTERFACE -fsanitize=${SALLYPORT_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(sallyport_options INTERFACE -fsanitize=${SALLYPORT_SANITIZE})
  if(SALLYPORT_SANITIZE MATCHES thread)
    # Asio has fences that the thread sanitizer does not model; g++ says so wherever they are inlined.
    target_compile_options(sallyport_options INTERFACE -Wno-tsan)
  endif()
endif()

# Test programs, linked last: the code under test carries every sanitizer, the text of the tests themselves the address
# sanitizer only, which halves the time it takes to compile them.
add_library(sallyport_test_options INTERFACE)
if(SALLYPORT_SANITIZE MATCHES undefined)
  target_compile_options(sallyport_test_options INTERFACE -fno-sanitize=undefined)
endif()
