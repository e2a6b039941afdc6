#include "plugins/ja4_text.h"

#include "crypto/digest.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace flowgauge::plugins {
namespace {

constexpr std::size_t kHashDigits = 12;
constexpr std::size_t kCountMax = 99;
constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kApplications = 16;
constexpr std::string_view kDigits = "0123456789abcdef";

using Values = std::vector<std::uint16_t>;

Values without_grease(Values values) {
    values.erase(std::remove_if(values.begin(), values.end(), is_grease), values.end());
    return values;
}

std::string hex4(std::uint16_t value) {
    std::string text;
    for (unsigned shift = 16; shift > 0; shift -= 4) {
        text += kDigits[value >> (shift - 4) & 15U];
    }
    return text;
}

std::string joined(const Values& values) {
    std::string text;
    for (const std::uint16_t value : values) {
        text += (text.empty() ? "" : ",") + hex4(value);
    }
    return text;
}

std::string hash_of(const std::string& text) {
    return text.empty() ? std::string(kHashDigits, '0') : sha256_of(text).substr(0, kHashDigits);
}

std::string two_digits(std::size_t count) {
    const std::size_t shown = std::min(count, kCountMax);
    return {kDigits[shown / 10], kDigits[shown % 10]};
}

// The highest that is supported; without the extension what the hello's field says.
std::string_view version_text(const TlsHello& hello) {
    const Values versions = without_grease(hello.supported_versions);
    const auto highest = std::max_element(versions.begin(), versions.end());
    switch (highest == versions.end() ? hello.version : *highest) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    default:
        return "00";
    }
}

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// First and last character, or, of a name with others there, of its hexadecimal digits.
std::string application_text(const std::string& name) {
    if (name.empty()) {
        return "00";
    }
    if (is_letter_or_digit(name.front()) && is_letter_or_digit(name.back())) {
        return {name.front(), name.back()};
    }
    return {
        kDigits[static_cast<std::uint8_t>(name.front()) >> 4],
        kDigits[static_cast<std::uint8_t>(name.back()) & 15U]};
}

bool holds(const Values& values, std::uint16_t value) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

std::string ja4_of(const TlsHello& client) {
    Values ciphers = without_grease(client.ciphers);
    Values extensions = without_grease(client.extensions);
    std::string text = "t";
    text += version_text(client);
    text += holds(extensions, kServerName) ? 'd' : 'i';
    text += two_digits(ciphers.size()) + two_digits(extensions.size());
    text += application_text(client.first_application);

    std::sort(ciphers.begin(), ciphers.end());
    std::sort(extensions.begin(), extensions.end());
    extensions.erase(
        std::remove_if(
            extensions.begin(),
            extensions.end(),
            [](std::uint16_t kind) { return kind == kServerName || kind == kApplications; }
        ),
        extensions.end()
    );
    std::string what = joined(extensions);
    const Values signatures = without_grease(client.signature_algorithms);
    if (!signatures.empty()) {
        what += "_" + joined(signatures);
    }
    return text + "_" + hash_of(joined(ciphers)) + "_" + hash_of(what);
}

std::string ja4s_of(const TlsHello& server) {
    const Values extensions = without_grease(server.extensions);
    std::string text = "t";
    text += version_text(server);
    text += two_digits(extensions.size()) + application_text(server.first_application);
    return text + "_" + joined(server.ciphers) + "_" + hash_of(joined(extensions));
}

}  // namespace flowgauge::plugins
