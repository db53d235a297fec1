# Writes a C++ source that holds the robot's page.
#
# usage: cmake -DFOLDER=FOLDER -DOUTPUT=FILE -P embed_page.cmake
function(bytes_of name result)
  file(READ "${FOLDER}/${name}" digits HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${digits}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n  "
         bytes "${bytes}")
  set(${result} "${bytes}" PARENT_SCOPE)
endfunction()

bytes_of(index.html html)
bytes_of(index.html.gz gzip)
file(SHA256 "${FOLDER}/index.html" hash)
string(SUBSTRING "${hash}" 0 24 tag)
file(READ "${FOLDER}/policy.txt" policy)
string(STRIP "${policy}" policy)
file(WRITE "${OUTPUT}"
"// Made by cmake/embed_page.cmake.
#include \"bridges/web/web_page.hpp\"

namespace rr {

namespace {

constexpr unsigned char page_html[] = {
  ${html}};

constexpr unsigned char page_gzip[] = {
  ${gzip}};

template <size_t Size>
std::string_view view_of_page(const unsigned char (&bytes)[Size]) noexcept {
  return {reinterpret_cast<const char*>(bytes), Size};
}

} // namespace

const web_page& built_in_page() noexcept {
  static const web_page page{
    view_of_page(page_html), view_of_page(page_gzip),
    R\"policy(${policy})policy\",
    \"\\\"${tag}\\\"\", \"\\\"${tag}-gzip\\\"\"};
  return page;
}

} // namespace rr
")
