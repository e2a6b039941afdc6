// Blocks of numbered lines, and what of them arrives where.
#pragma once

#include "export/sink/block.h"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace flowgauge::test {

// "00000042 ....\n" of `size` bytes, 10 at least.
inline std::string numbered_line(std::uint64_t number, std::size_t size) {
    std::string digits = std::to_string(number);
    std::string line = std::string(8 - digits.size(), '0') + digits + " ";
    line.resize(size - 1, '.');
    return line + "\n";
}

// A block of `count` units of one record each; `next` goes on.
inline Block numbered_block(std::uint64_t& next, std::size_t count, std::size_t size) {
    static std::uint64_t sequence = 0;
    Block block;
    for (std::size_t i = 0; i < count; ++i) {
        block.bytes += numbered_line(next++, size);
        block.end_unit(1);
    }
    block.sequence = ++sequence;
    return block;
}

// How often each line arrived. What a broken session has cut off is no line.
class ArrivedLines {
public:
    void add(std::string_view bytes) {
        for (const char letter : bytes) {
            if (letter == '\n') {
                ++counts_[std::strtoull(line_.c_str(), nullptr, 10)];
                line_.clear();
            } else {
                line_ += letter;
            }
        }
    }
    void end_session() { line_.clear(); }

    [[nodiscard]] std::uint64_t distinct() const { return counts_.size(); }
    [[nodiscard]] std::uint64_t repeated() const {
        std::uint64_t sum = 0;
        for (const auto& [number, count] : counts_) {
            sum += count - 1;
        }
        return sum;
    }
    [[nodiscard]] bool has(std::uint64_t number) const { return counts_.contains(number); }

private:
    std::map<std::uint64_t, std::uint64_t> counts_;
    std::string line_;
};

}  // namespace flowgauge::test
