// Which known word somebody may have meant who wrote an unknown one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// The candidate nearest to `word`, or an empty text if none is near: at most a third of its letters
// are wrong, missing, superfluous or swapped with their neighbour. Cost: lengths multiplied, each.
[[nodiscard]] std::string_view nearest_word(
    std::string_view word, std::span<const std::string_view> candidates
);

// " (did you mean WORD?)", or nothing for an empty word.
[[nodiscard]] std::string did_you_mean(std::string_view word);

}  // namespace flowgauge
