// Glob: a pattern of text as shells have it: * ? [abc] [a-z] [!a-z].
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace flowgauge {

// Works on characters of UTF-8; a byte that is none counts as a character of its own. Immutable.
// Thread: any. Cost: at most the length of the text times that of the pattern, without memory of
// its own.
class Glob {
public:
    static constexpr std::size_t kPatternMax = 256;

    // Errors: the pattern is too long, or a set is not closed.
    [[nodiscard]] static Result<Glob> compile(std::string_view pattern);

    // Whether the whole text is as the pattern says.
    [[nodiscard]] bool matches(std::string_view text) const noexcept;

private:
    struct Range {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
    };
    // One character of the text, or any number of any.
    struct Element {
        enum class Kind : std::uint8_t { kCharacter, kAny, kSet, kNotSet, kStar };
        Kind kind = Kind::kAny;
        std::uint32_t character = 0;
        std::size_t ranges_begin = 0;
        std::size_t ranges_end = 0;
    };

    [[nodiscard]] bool add_set(std::string_view& pattern);
    [[nodiscard]] bool admits(const Element& element, std::uint32_t character) const noexcept;

    std::vector<Element> elements_;
    std::vector<Range> ranges_;
};

}  // namespace flowgauge
