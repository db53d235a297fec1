# Installs the files of `configuration` from `source`, and the service with the
# paths that the prefix gives it. As the GNU directories have it, what is under
# /usr is configured in /etc. A file that is there and differs is somebody's own:
# it stays.
cmake_minimum_required(VERSION 3.25)
cmake_path(ABSOLUTE_PATH bin BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}")
cmake_path(ABSOLUTE_PATH doc BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}")
if(CMAKE_INSTALL_PREFIX MATCHES "^/usr/?$")
  cmake_path(ABSOLUTE_PATH etc BASE_DIRECTORY /)
else()
  cmake_path(ABSOLUTE_PATH etc BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}")
endif()
foreach(name IN LISTS configuration)
  set(new "${source}/config/${name}")
  set(there "$ENV{DESTDIR}${etc}/robot-runtime/${name}")
  set(differs FALSE)
  if(EXISTS "${there}")
    execute_process(COMMAND "${CMAKE_COMMAND}" -E compare_files "${new}" "${there}"
                    RESULT_VARIABLE differs)
  endif()
  if(differs)
    message(STATUS "Kept as it was changed: ${there}")
  else()
    file(INSTALL "${new}" DESTINATION "${etc}/robot-runtime")
  endif()
endforeach()

# Its own, for two packages may be made of one build at the same time.
string(RANDOM LENGTH 12 mine)
set(made "${made}/${mine}")
file(READ "${source}/packaging/systemd/common.service" common)
string(STRIP "${common}" common)
foreach(unit robot-runtime.service robot-runtime@.service)
  configure_file("${source}/packaging/systemd/${unit}.in" "${made}/${unit}" @ONLY)
  file(INSTALL "${made}/${unit}"
       DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
endforeach()
file(REMOVE_RECURSE "${made}")
file(
  INSTALL "${source}/packaging/systemd/robot-runtime.sysusers"
  DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/sysusers.d"
  RENAME robot-runtime.conf)
