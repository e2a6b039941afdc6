// Problems: everything that is wrong with a configuration, each with its place, told in one go.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Where something was written. Lines and columns count from 1; line 0: `source` is no file but a
// variable of the environment or an option.
struct Place {
    std::string source;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

// "flowgauge.yaml:3:5", or the source alone.
[[nodiscard]] std::string to_string(const Place& place);

// Keeps kProblemsMax different ones, each in one line, and counts the others.
class Problems {
public:
    static constexpr std::size_t kProblemsMax = 100;

    // Puts `source` behind those that were there before, unless it is one of them.
    void visit(const std::string& source);

    // `key` may be empty.
    void add(const Place& place, std::string_view key, std::string_view message);

    [[nodiscard]] bool empty() const noexcept { return problems_.empty(); }

    // One a line, in the order in which sources were visited and of places in them.
    // Requires: !empty().
    [[nodiscard]] Error error() const;

private:
    struct Problem {
        std::size_t source;
        Place place;
        std::string text;
    };

    std::vector<std::string> sources_;
    std::vector<Problem> problems_;
    std::size_t untold_ = 0;
};

}  // namespace flowgauge
