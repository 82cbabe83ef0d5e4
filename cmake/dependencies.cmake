# SPDX-License-Identifier: Apache-2.0
# Everything comes from Debian 12; scripts/setup installs it.
find_package(OpenSSL 3.0 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(cpprestsdk 2.10 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(CLI11 2.1 REQUIRED)
if(BUILD_TESTING)
  find_package(GTest 1.12 REQUIRED)
endif()
find_package(Threads REQUIRED)
# The archive: of the shared library's parts we use none that needs ICU, which costs megabytes in each process.
find_library(SALLYPORT_BOOST_REGEX NAMES libboost_regex.a REQUIRED)
