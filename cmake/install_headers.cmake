# Installs `headers` of `source` into `destination`, and whatever of ours they
# include: no program of one's own can include more by mistake. What stands in
# `done`, an earlier list has installed already.
cmake_minimum_required(VERSION 3.25)
while(headers)
  list(POP_FRONT headers header)
  if(NOT header IN_LIST done)
    list(APPEND done "${header}")
    cmake_path(GET header PARENT_PATH room)
    file(INSTALL "${source}/${header}" DESTINATION "${destination}/${room}")
    file(STRINGS "${source}/${header}" lines REGEX "^#include \"")
    list(TRANSFORM lines REPLACE "^#include \"(.*)\"" "\\1")
    list(APPEND headers ${lines})
  endif()
endwhile()
