# Writes a C++ source that holds the text of files.
#
# usage: cmake -DFOLDER=FOLDER -DNAMES=NAME,... -DOUTPUT=FILE -P embed_files.cmake
set(items "")
string(REPLACE "," ";" names "${NAMES}")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}" text)
  string(APPEND items "  {\"${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE "${OUTPUT}"
"// Made by cmake/embed_files.cmake.
#include \"app/command/init_files.hpp\"

namespace rr {

namespace {

constexpr init_file files[] = {
${items}};

} // namespace

std::span<const init_file> init_files() noexcept {
  return files;
}

} // namespace rr
")
