# Installs `files` of `source` where Debian's Python finds them, or into `folder`
# when that is not empty.
cmake_minimum_required(VERSION 3.25)
if(NOT folder AND CMAKE_INSTALL_PREFIX MATCHES "^/usr/?$")
  set(folder lib/python3/dist-packages)
elseif(NOT folder)
  execute_process(
    COMMAND /usr/bin/python3 -c
            "import sys; print('python%d.%d' % sys.version_info[:2], end='')"
    OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
  set(folder "lib/${version}/dist-packages")
endif()
cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}")
foreach(file IN LISTS files)
  file(INSTALL "${source}/${file}" DESTINATION "${folder}/robot_runtime")
endforeach()
