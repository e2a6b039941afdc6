// LineReader: a text of lines of words, read word by word, with the place of what is wrong.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flowgauge {

// The first thing that is wrong ends the reading: from then on every call says that there is
// nothing, and error() tells. Words are separated by one space each. Ownership: refers to the text.
class LineReader {
public:
    explicit LineReader(std::string_view text) noexcept : rest_(text) {}

    // Begins the next line; what is left of the last one is wrong. Returns whether there is one.
    bool next_line();

    // Begins the next line, which begins with that word.
    bool expect(std::string_view wanted);

    // Begins the next line if it begins with that word, else leaves it.
    bool take(std::string_view wanted);

    [[nodiscard]] std::string_view word(std::string_view what);

    // The rest of the line, perhaps nothing, with \\, \n, \r and \t for the characters that
    // they stand for elsewhere.
    [[nodiscard]] std::string text(std::string_view what, std::size_t bytes_max);

    // Finite, unless said otherwise.
    [[nodiscard]] double real(std::string_view what, bool infinite = false);
    [[nodiscard]] std::uint64_t number(
        std::string_view what, std::uint64_t least, std::uint64_t most
    );

    void end_line();

    // No more than blank may follow.
    void end_text();

    // Says that the present line is wrong.
    void fail(std::string_view why);

    [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }
    [[nodiscard]] Error error() const { return *error_; }
    [[nodiscard]] std::size_t bytes_left() const noexcept { return rest_.size() + line_.size(); }

private:
    std::string_view rest_;  // lines that come
    std::string_view line_;  // words of the present one that come
    std::size_t line_number_ = 0;
    std::optional<Error> error_;
};

}  // namespace flowgauge
