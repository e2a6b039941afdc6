#include "control/http_target.h"

#include <charconv>
#include <utility>

namespace flowgauge {
namespace {

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            const std::string_view digits = text.substr(i + 1, 2);
            unsigned char byte = 0;
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
            if (error != std::errc{} || end != digits.data() + 2) {
                return std::nullopt;
            }
            decoded += static_cast<char>(byte);
            i += 2;
        }
    }
    return decoded;
}

}  // namespace

std::optional<HttpTarget> split_target(std::string_view target) {
    if (target.empty() || target.front() != '/') {
        return std::nullopt;
    }
    const std::size_t question = target.find('?');
    HttpTarget split;
    std::optional<std::string> path = decode(target.substr(0, question), false);
    if (!path) {
        return std::nullopt;
    }
    split.path = std::move(*path);
    std::string_view rest =
        question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(pair.size() == rest.size() ? pair.size() : pair.size() + 1);
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = pair.find('=');
        std::optional<std::string> name = decode(pair.substr(0, equals), true);
        std::optional<std::string> value = equals == std::string_view::npos
                                               ? std::string{}
                                               : decode(pair.substr(equals + 1), true);
        if (!name || !value) {
            return std::nullopt;
        }
        split.query.emplace(std::move(*name), std::move(*value));
    }
    return split;
}

}  // namespace flowgauge
