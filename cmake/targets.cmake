# What every target of this project has in common, and the precompiled CAF.

# What is for this build alone is not for programs that use the installed
# libraries.
add_library(rr-flags INTERFACE)
target_compile_options(
  rr-flags
  INTERFACE $<BUILD_INTERFACE:-Wall> $<BUILD_INTERFACE:-Wextra>
            $<BUILD_INTERFACE:-Wpedantic> $<BUILD_INTERFACE:-Wshadow>
            $<BUILD_INTERFACE:-Werror>
            $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wconversion>>)
target_compile_features(rr-flags INTERFACE cxx_std_20)
target_include_directories(
  rr-flags
  INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
            "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/robot-runtime>")
target_link_libraries(rr-flags INTERFACE Threads::Threads)
# A target with the property RR_PLAIN has no sanitizers.
if(RR_SANITIZERS)
  set(sanitized "$<NOT:$<BOOL:$<TARGET_PROPERTY:RR_PLAIN>>>")
  set(flags -fsanitize=${RR_SANITIZERS} -fno-sanitize-recover=all
            -fno-omit-frame-pointer)
  # What CAF's headers do may be suppressed: see ubsan.supp. To look at a vptr
  # takes descriptors, of which some tests leave none.
  if(RR_SANITIZERS MATCHES "undefined")
    list(APPEND flags -fsanitize-recover=null -fno-sanitize=vptr)
  endif()
  # Asio has fences beside its locks, of which it knows nothing.
  if(RR_SANITIZERS STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND flags -Wno-tsan)
  endif()
  target_compile_options(rr-flags INTERFACE "$<${sanitized}:${flags}>")
  target_link_options(rr-flags INTERFACE
                      $<${sanitized}:-fsanitize=${RR_SANITIZERS}>)
endif()
# Threads count the same lines at the same time.
if(RR_COVERAGE)
  target_compile_options(
    rr-flags INTERFACE $<BUILD_INTERFACE:--coverage>
                       $<BUILD_INTERFACE:-fprofile-update=atomic>)
  target_link_options(rr-flags INTERFACE --coverage)
endif()

# What a runtime has resident: no code that nothing calls, and of what has to be
# relocated a tenth of the space, where the C library can read that.
if(NOT RR_SANITIZERS AND NOT RR_COVERAGE)
  target_compile_options(
    rr-flags INTERFACE $<BUILD_INTERFACE:-ffunction-sections>
                       $<BUILD_INTERFACE:-fdata-sections>)
  target_link_options(rr-flags INTERFACE $<BUILD_INTERFACE:LINKER:--gc-sections>)
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_LINK_OPTIONS LINKER:-z,pack-relative-relocs)
  check_cxx_source_compiles(
    "#include <features.h>
     #if !__GLIBC_PREREQ(2, 36)
     #error
     #endif
     int main() {}"
    RR_PACKS_RELOCATIONS)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  if(RR_PACKS_RELOCATIONS)
    target_link_options(
      rr-flags INTERFACE $<BUILD_INTERFACE:LINKER:-z,pack-relative-relocs>)
  endif()
endif()

# All code is position-independent and shows nothing: the library for C links
# the layers as they are, so that nothing is compiled twice, and all targets can
# share one precompiled header.
target_compile_options(
  rr-flags INTERFACE $<BUILD_INTERFACE:-fPIC>
                     $<BUILD_INTERFACE:-fvisibility=hidden>)

# CAF's headers take as long to read as most sources take to compile: they are
# read once, for all targets.
add_library(rr-precompiled OBJECT "${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp")
target_link_libraries(rr-precompiled PRIVATE rr-flags CAF::core
                                             nlohmann_json::nlohmann_json)
target_precompile_headers(rr-precompiled PRIVATE
                          "${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp")
function(rr_precompile_caf target)
  target_precompile_headers(${target} REUSE_FROM rr-precompiled)
endfunction()

# rr_add_layer(NAME LINKS ... SOURCES ... ROOMS ...): one static library of a
# layer. Each room is a folder that adds its own sources.
function(rr_add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS;SOURCES;ROOMS")
  add_library(rr-${name} STATIC)
  set_target_properties(rr-${name} PROPERTIES UNITY_BUILD_MODE GROUP)
  rr_add_room(${name} ${arg_SOURCES})
  target_link_libraries(rr-${name} PUBLIC rr-flags ${arg_LINKS})
  rr_precompile_caf(rr-${name})
  foreach(room IN LISTS arg_ROOMS)
    add_subdirectory(${room})
  endforeach()
  install(TARGETS rr-${name} EXPORT robot-runtime
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev)
endfunction()

# rr_add_room(LAYER SOURCE...): adds the sources of the folder to its layer.
# Where sources are compiled together (CMAKE_UNITY_BUILD), those of one room are,
# eight at a time.
function(rr_add_room layer)
  target_sources(rr-${layer} PRIVATE ${ARGN})
  get_filename_component(room "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  set(count 0)
  foreach(source IN LISTS ARGN)
    math(EXPR group "${count} / 8")
    math(EXPR count "${count} + 1")
    set_property(
      SOURCE "${CMAKE_CURRENT_SOURCE_DIR}/${source}"
      TARGET_DIRECTORY rr-${layer}
      PROPERTY UNITY_GROUP "${room}_${group}")
  endforeach()
endfunction()

# rr_install_headers(FOLDER HEADER...): installs these, and what of ours they
# include and no earlier list has installed, below the folder of all headers.
function(rr_install_headers folder)
  install(CODE "set(source \"${PROJECT_SOURCE_DIR}\")
  set(destination
    \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/${folder}\")
  set(headers ${ARGN})"
          COMPONENT dev)
  install(SCRIPT cmake/install_headers.cmake COMPONENT dev)
endfunction()

# What tests of actors of one's own link. Its headers are the fixtures and fakes
# of our own tests; where they are installed they stand apart, so that no program
# includes what only a test may.
function(rr_add_test_support)
  add_library(rr-test-support INTERFACE)
  target_link_libraries(rr-test-support INTERFACE rr-app CAF::test)
  target_include_directories(
    rr-test-support
    INTERFACE
      "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/robot-runtime-test-support>")
  add_library(robot-runtime::test-support ALIAS rr-test-support)
  set_target_properties(rr-test-support PROPERTIES EXPORT_NAME test-support)
  install(TARGETS rr-test-support EXPORT robot-runtime-test-support)
  install(
    EXPORT robot-runtime-test-support
    NAMESPACE robot-runtime::
    FILE robot-runtime-test-support-targets.cmake
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/robot-runtime"
    COMPONENT dev)
endfunction()

# What `find_package(robot-runtime)` finds once this is installed: the targets
# robot-runtime::robot-runtime, for programs of one's own,
# robot-runtime::test-support, for their tests, and robot-runtime::buffers, for
# programs in C, which comes alone with `COMPONENTS buffers`.
function(rr_install_package)
  include(CMakePackageConfigHelpers)
  set(folder "${CMAKE_INSTALL_LIBDIR}/cmake/robot-runtime")
  set(version "${PROJECT_BINARY_DIR}/robot-runtime-config-version.cmake")
  write_basic_package_version_file("${version}"
                                   COMPATIBILITY SameMinorVersion)
  install(TARGETS rr-flags EXPORT robot-runtime)
  install(
    EXPORT robot-runtime
    NAMESPACE robot-runtime::
    FILE robot-runtime-targets.cmake
    DESTINATION "${folder}"
    COMPONENT dev)
  install(
    EXPORT robot-runtime-buffers
    NAMESPACE robot-runtime::
    FILE robot-runtime-buffers-targets.cmake
    DESTINATION "${folder}"
    COMPONENT buffers_dev)
  install(FILES cmake/FindCAF.cmake DESTINATION "${folder}" COMPONENT dev)
  install(FILES "${version}" cmake/robot-runtime-config.cmake
          DESTINATION "${folder}" COMPONENT buffers_dev)
endfunction()
