# Finds the C++ Actor Framework. CAF 0.17 ships neither a CMake configuration
# nor a .pc file, so this looks for a header and the core library and makes the
# imported target CAF::core of them; and CAF::test of the headers for tests, if
# they are there.

find_path(CAF_INCLUDE_DIR caf/actor_system.hpp)
find_path(CAF_TEST_INCLUDE_DIR caf/test/dsl.hpp)
find_library(CAF_CORE_LIBRARY caf_core)

if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" _caf_version_line
       REGEX "#define CAF_VERSION [0-9]+")
  if(_caf_version_line MATCHES "([0-9]+)")
    math(EXPR _caf_major "${CMAKE_MATCH_1} / 10000")
    math(EXPR _caf_minor "(${CMAKE_MATCH_1} / 100) % 100")
    math(EXPR _caf_patch "${CMAKE_MATCH_1} % 100")
    set(CAF_VERSION "${_caf_major}.${_caf_minor}.${_caf_patch}")
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  CAF
  REQUIRED_VARS CAF_CORE_LIBRARY CAF_INCLUDE_DIR
  VERSION_VAR CAF_VERSION)

if(CAF_FOUND AND NOT TARGET CAF::core)
  add_library(CAF::core UNKNOWN IMPORTED)
  set_target_properties(
    CAF::core
    PROPERTIES IMPORTED_LOCATION "${CAF_CORE_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
               INTERFACE_COMPILE_DEFINITIONS CAF_ENABLE_TYPE_ID_CHECKS)
endif()

if(CAF_FOUND AND CAF_TEST_INCLUDE_DIR AND NOT TARGET CAF::test)
  add_library(CAF::test INTERFACE IMPORTED)
  set_target_properties(
    CAF::test PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${CAF_TEST_INCLUDE_DIR}"
                         INTERFACE_LINK_LIBRARIES CAF::core)
endif()

mark_as_advanced(CAF_INCLUDE_DIR CAF_TEST_INCLUDE_DIR CAF_CORE_LIBRARY)
