# For programs on the Application, once it is installed:
#
#   find_package(robot-runtime REQUIRED)
#   target_link_libraries(arm PRIVATE robot-runtime::robot-runtime)
#
# and for tests of their actors, where CAF's headers for tests are:
#
#   target_link_libraries(arm_test PRIVATE robot-runtime::test-support)
#
# and for programs in C, which need nothing else of it:
#
#   find_package(robot-runtime REQUIRED COMPONENTS buffers)
#   target_link_libraries(motor PRIVATE robot-runtime::buffers)
#
# By its true name, for /lib may be one of /usr/lib.
file(REAL_PATH "${CMAKE_CURRENT_LIST_DIR}" rr_folder)
include("${rr_folder}/robot-runtime-buffers-targets.cmake")
set(robot-runtime_buffers_FOUND TRUE)
if("${robot-runtime_FIND_COMPONENTS}" STREQUAL "buffers")
  return()
endif()
if(NOT EXISTS "${rr_folder}/robot-runtime-targets.cmake")
  set(robot-runtime_FOUND FALSE)
  set(robot-runtime_NOT_FOUND_MESSAGE
      "only COMPONENTS buffers is here; for all of it install robot-runtime-dev")
  return()
endif()
include(CMakeFindDependencyMacro)
list(APPEND CMAKE_MODULE_PATH "${rr_folder}")
find_dependency(Threads)
find_dependency(CAF)
find_dependency(cppzmq)
find_dependency(spdlog)
find_dependency(Boost)
find_dependency(yaml-cpp)
find_dependency(nlohmann_json)
include("${rr_folder}/robot-runtime-targets.cmake")
if(TARGET CAF::test)
  include("${rr_folder}/robot-runtime-test-support-targets.cmake")
endif()
