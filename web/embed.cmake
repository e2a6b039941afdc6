# Makes a C++ file of the page: cmake -DPAGE=page.html -DOUT=page.cpp -P embed.cmake
file(READ "${PAGE}" page)
string(FIND "${page}" ")page\"" terminator)
string(LENGTH "${page}" length)
if(NOT terminator EQUAL -1 OR length GREATER 100000)
  message(FATAL_ERROR "${PAGE}: ends a raw string, or has more than 100,000 bytes")
endif()

# base64_sha256(OUT TEXT): as Content-Security-Policy names a text. CMake knows the hash in hexadecimal
# digits: three bytes of it are six digits, or four characters of base64.
function(base64_sha256 out text)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(SHA256 hex "${text}")
  set(hex "${hex}00")  # 32 bytes, filled up to 33
  set(result "")
  foreach(at RANGE 0 60 6)
    string(SUBSTRING "${hex}" ${at} 6 digits)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${digits} >> ${shift}) & 63")
      string(SUBSTRING "${alphabet}" ${index} 1 character)
      string(APPEND result "${character}")
    endforeach()
  endforeach()
  string(SUBSTRING "${result}" 0 43 result)  # the last one is of the filling alone
  set(${out} "${result}=" PARENT_SCOPE)
endfunction()

# hash_of_element(OUT NAME): of what stands between <NAME> and </NAME>, which there is once.
function(hash_of_element out name)
  string(FIND "${page}" "<${name}>" begin)
  string(FIND "${page}" "</${name}>" end)
  string(LENGTH "<${name}>" tag)
  math(EXPR begin "${begin} + ${tag}")
  math(EXPR size "${end} - ${begin}")
  string(SUBSTRING "${page}" ${begin} ${size} text)
  base64_sha256(hash "${text}")
  set(${out} "${hash}" PARENT_SCOPE)
endfunction()

hash_of_element(style "style")
hash_of_element(script "script")
# Compilers take string literals of 65,536 bytes; two beside each other are one.
math(EXPR half "${length} / 2")
string(SUBSTRING "${page}" 0 ${half} first)
string(SUBSTRING "${page}" ${half} -1 second)
file(WRITE "${OUT}" "// Made of web/page.html by web/embed.cmake.
#include \"web/page.h\"

namespace flowgauge {

std::string_view page_html() noexcept {
    return R\"page(${first})page\"
           R\"page(${second})page\";
}

std::string_view page_policy() noexcept {
    return \"default-src 'none'; script-src 'sha256-${script}'; style-src 'sha256-${style}'; \"
           \"connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \"
           \"frame-ancestors 'none'\";
}

}  // namespace flowgauge
")
