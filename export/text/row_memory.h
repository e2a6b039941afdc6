// RowMemory: where a record is written before its length is known. It lasts over records, so that
// it grows to the longest once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace flowgauge {

// Thread: one at a time.
class RowMemory {
public:
    // Whatever was written is forgotten.
    void clear() noexcept { at_ = memory_.data(); }

    // Requires for each of the others: room.
    void make_room(std::size_t bytes) {
        const std::size_t used = size();
        if (used + bytes > memory_.size()) [[unlikely]] {
            memory_.resize(std::max(2 * memory_.size(), used + bytes));
            at_ = memory_.data() + used;
        }
    }
    void put(char character) noexcept { *at_++ = character; }
    void put(std::string_view text) noexcept { at_ = std::copy(text.begin(), text.end(), at_); }

    // A text in quotes with a comma behind it, which `write` puts at an address and returns its
    // end. To copy it from elsewhere right after it was written byte by byte would wait for each
    // store.
    template <typename Write>
    void put_written(std::size_t bytes_max, Write&& write) {
        make_room(bytes_max + 3);
        put('"');
        at_ = write(at_);
        put("\",");
    }

    // Where the next byte goes, for those who write themselves, and up to where they wrote.
    [[nodiscard]] char* at() noexcept { return at_; }
    void advance_to(char* at) noexcept { at_ = at; }

    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(at_ - memory_.data());
    }
    void cut_to(std::size_t bytes) noexcept { at_ = memory_.data() + bytes; }

    // Requires: something was written.
    [[nodiscard]] char& last() noexcept { return at_[-1]; }

    [[nodiscard]] std::string_view text() const noexcept { return {memory_.data(), size()}; }

private:
    std::vector<char> memory_ = std::vector<char>(4096);
    char* at_ = memory_.data();
};

}  // namespace flowgauge
