# Of each component that cpack has laid out: what Debian wants of a package, and
# nobody else does.
cmake_minimum_required(VERSION 3.25)
get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)

# Text is compressed in the same way each time.
function(compress)
  if(ARGN)
    execute_process(COMMAND gzip --best --no-name --force ${ARGN}
                    COMMAND_ERROR_IS_FATAL ANY)
  endif()
endfunction()

# The last change of the sources, so that two builds of them are the same.
execute_process(
  COMMAND git -C "${source}" log -1 --format=%cD
  OUTPUT_VARIABLE date
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT date)
  execute_process(COMMAND date --rfc-email OUTPUT_VARIABLE date
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(name ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(tree "${CPACK_TEMPORARY_DIRECTORY}/${component}")
  set(doc "${tree}/usr/share/doc/${name}")
  # Not by INSTALL, which obeys the DESTDIR of the last component.
  file(COPY "${source}/packaging/debian/copyright" DESTINATION "${doc}")
  file(
    WRITE "${doc}/changelog"
    "${name} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
    "  * What has changed is told by CHANGELOG.md of robot-runtime.\n\n"
    " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  compress("${doc}/changelog")
  file(GLOB pages "${tree}/usr/share/man/man*/*.[1-8]")
  compress(${pages})
  # Where zsh of a package looks.
  if(EXISTS "${tree}/usr/share/zsh/site-functions")
    file(RENAME "${tree}/usr/share/zsh/site-functions"
         "${tree}/usr/share/zsh/vendor-completions")
  endif()
  if(EXISTS "${source}/packaging/debian/lintian/${name}")
    file(COPY "${source}/packaging/debian/lintian/${name}"
         DESTINATION "${tree}/usr/share/lintian/overrides")
  endif()
  # What stripping programs leaves alone.
  file(GLOB_RECURSE archives "${tree}/usr/lib/*.a")
  foreach(archive IN LISTS archives)
    execute_process(COMMAND strip --strip-debug --enable-deterministic-archives
                            "${archive}" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endforeach()
