// Text of the length and with the bytes that harm formats most.
#pragma once

#include <cstddef>
#include <string>

namespace flowgauge::test {

constexpr std::size_t kHostileBytes = 65'535;

// Every byte there is, NUL among them, quotes and ends of lines in all neighbourhoods, characters
// of all lengths, and sequences that are no UTF-8.
inline std::string hostile_text() {
    std::string every;
    for (int byte = 0; byte < 256; ++byte) {
        every += static_cast<char>(byte);
    }
    every +=
        "\"\"\",\r\n,\"\n\\\"\\\\u0000\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0\x80\xc0\xaf";
    std::string text;
    while (text.size() < kHostileBytes) {
        text += every;
    }
    text.resize(kHostileBytes);
    return text;
}

}  // namespace flowgauge::test
