# For programs on the Application, once it is installed:
#
#   find_package(robot-runtime REQUIRED)
#   target_link_libraries(arm PRIVATE robot-runtime::robot-runtime)
#
# and for tests of their actors, where CAF's headers for tests are:
#
#   target_link_libraries(arm_test PRIVATE robot-runtime::test-support)
include(CMakeFindDependencyMacro)
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
find_dependency(Threads)
find_dependency(CAF)
find_dependency(cppzmq)
find_dependency(spdlog)
find_dependency(Boost)
find_dependency(yaml-cpp)
find_dependency(nlohmann_json)
include("${CMAKE_CURRENT_LIST_DIR}/robot-runtime-targets.cmake")
if(TARGET CAF::test)
  include("${CMAKE_CURRENT_LIST_DIR}/robot-runtime-test-support-targets.cmake")
endif()
