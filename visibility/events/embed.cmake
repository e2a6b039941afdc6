# Makes a C++ file of a compiled program: cmake -DOBJECT=x.o -DNAME=x_program -DOUT=x.cpp -P embed.cmake
file(READ "${OBJECT}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUT}" "// Made of a program in visibility/events/programs by visibility/events/embed.cmake.
#include \"visibility/events/bpf_object.h\"

namespace flowgauge {

// libbpf reads it as an ELF file, in place.
alignas(8) static constexpr std::uint8_t kBytes[] = {
${bytes}};

std::span<const std::uint8_t> ${NAME}() noexcept {
    return kBytes;
}

}  // namespace flowgauge
")
