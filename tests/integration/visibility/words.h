// Words: the command line of the test programs, `--name value` pairs and plain words before them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::visibility_test {

class Words {
public:
    Words(int count, char** words) : words_(words, words + count) {}

    // What follows `--name`, each time that it is there.
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
        std::vector<std::string> found;
        for (std::size_t i = 1; i + 1 < words_.size(); ++i) {
            if (words_[i] == name) {
                found.push_back(words_[i + 1]);
            }
        }
        return found;
    }

    [[nodiscard]] std::string text(std::string_view name, std::string fallback = {}) const {
        std::vector<std::string> found = all(name);
        return found.empty() ? std::move(fallback) : found.back();
    }

    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t fallback) const {
        const std::string found = text(name);
        return found.empty() ? fallback : std::strtoll(found.c_str(), nullptr, 10);
    }

    [[nodiscard]] std::string_view mode() const {
        return words_.size() > 1 ? std::string_view{words_[1]} : std::string_view{};
    }

private:
    std::vector<std::string> words_;
};

}  // namespace flowgauge::visibility_test
