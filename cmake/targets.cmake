# What every target of this project has in common, and the precompiled CAF.

add_library(rr-flags INTERFACE)
target_compile_options(
  rr-flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror
                     $<$<COMPILE_LANGUAGE:CXX>:-Wconversion>)
target_include_directories(rr-flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_link_libraries(rr-flags INTERFACE Threads::Threads)
if(RR_SANITIZERS)
  target_compile_options(
    rr-flags INTERFACE -fsanitize=${RR_SANITIZERS} -fno-sanitize-recover=all
                       -fno-omit-frame-pointer)
  # What CAF's headers do may be suppressed: see ubsan.supp.
  if(RR_SANITIZERS MATCHES "undefined")
    target_compile_options(rr-flags INTERFACE -fsanitize-recover=null)
  endif()
  target_link_options(rr-flags INTERFACE -fsanitize=${RR_SANITIZERS})
endif()

# CAF's headers take seconds to read: every layer reads them once.
function(rr_precompile_caf target)
  target_precompile_headers(${target} PRIVATE
                            "${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp")
endfunction()

# rr_add_layer(NAME LINKS ... SOURCES ...): one static library of a layer.
function(rr_add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS;SOURCES")
  add_library(rr-${name} STATIC ${arg_SOURCES})
  target_link_libraries(rr-${name} PUBLIC rr-flags ${arg_LINKS})
  rr_precompile_caf(rr-${name})
endfunction()
