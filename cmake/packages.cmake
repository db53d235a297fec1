# Debian's packages, one a component, by cpack; scripts/package calls it. What is
# installed without a component is the runtime's.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME robot-runtime)
set(CPACK_PACKAGE_VENDOR "the robot-runtime authors")
# cpack puts any other before each package's own.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_NAME} built using CMake")
set(RR_PACKAGE_CONTACT
    "the robot-runtime authors <authors@robot-runtime.example>"
    CACHE STRING "Who answers for the packages: NAME <ADDRESS>")
set(CPACK_PACKAGE_CONTACT "${RR_PACKAGE_CONTACT}")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime buffers buffers_dev python dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
set(CPACK_PRE_BUILD_SCRIPTS
    "${PROJECT_SOURCE_DIR}/packaging/debian/finish.cmake")

# rr_package(COMPONENT NAME SECTION DEPENDS SUMMARY TEXT)
macro(rr_package component name section depends summary text)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}")
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${summary}\n${text}")
endmacro()

set(same "= ${PROJECT_VERSION}")
rr_package(
  runtime robot-runtime misc "adduser"
  "daemon that runs, watches and stops the programs of a robot"
  "It starts them in their order, connects them, carries their logs, starts those
again that fail, and stops all of them, at once and for certain, when anything
says stop. The package has the service robot-runtime, which is started by hand.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
# The page's TLS, and the code of its link, load these when they are used.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS
    "libqrencode4, libssl3, python3-robot-runtime")
rr_package(
  buffers librobot-runtime-buffers1 libs ""
  "values of a robot's devices in shared memory, for C"
  "Programs that drive a device, and those that use it, share its values by this
library, at memory speed, and see at once that the robot was stopped.")
set(CPACK_DEBIAN_BUFFERS_PACKAGE_SHLIBDEPS ON)
file(
  WRITE "${PROJECT_BINARY_DIR}/packaging/shlibs"
  "librobot-runtime-buffers 1 librobot-runtime-buffers1 (>= ${PROJECT_VERSION})\n"
)
rr_package(
  buffers_dev librobot-runtime-buffers-dev libdevel
  "librobot-runtime-buffers1 (${same})"
  "values of a robot's devices in shared memory, development files"
  "What programs in C need that use librobot-runtime-buffers1: its header, its
module of pkg-config, and its package of CMake.")
rr_package(
  python python3-robot-runtime python
  "python3, librobot-runtime-buffers1 (>= ${PROJECT_VERSION})"
  "calls, log and values of a robot's devices, for programs in Python"
  "The package robot_runtime, by which programs of a robot that are in Python
call each other, write to its log, say that they are ready and alive, and
read and set the values of its devices.")
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS "python3-cbor2, python3-zmq")
rr_package(
  dev robot-runtime-dev libdevel
  "librobot-runtime-buffers-dev (${same}), cppzmq-dev, libboost-dev, libcaf-dev, \
libevdev-dev, libspdlog-dev, libyaml-cpp-dev, libzmq3-dev, nlohmann-json3-dev"
  "development files of robot-runtime, for C++"
  "Headers and libraries for programs in C++ on the Application of the runtime,
and for tests of their actors, with a package of CMake.")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "robot-runtime")

set(sources "${PROJECT_SOURCE_DIR}/packaging/debian")
set(made "${PROJECT_BINARY_DIR}/packaging")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
    "${sources}/runtime/postinst" "${sources}/runtime/prerm"
    "${sources}/runtime/postrm" "${made}/conffiles")
set(CPACK_DEBIAN_BUFFERS_PACKAGE_CONTROL_EXTRA "${sources}/buffers/triggers"
                                               "${made}/shlibs")
set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA "${sources}/python/postinst"
                                              "${sources}/python/prerm")
include(CPack)
