// Published<T>: numbers that one thread writes and others read as they were at one moment.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace flowgauge {

// A sequence lock over 64-bit words. T is trivially copyable and made of 64-bit numbers. Thread:
// set() by one writer, which never waits; get() by any, which repeats while the writer is at it.
// Memory order: every word is written with release and read with acquire, so that a reader who has
// seen a word of a later set() also sees the sequence number that betrays it.
template <typename T>
class Published {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(std::uint64_t) == 0);
    static constexpr std::size_t kWords = sizeof(T) / sizeof(std::uint64_t);
    using Words = std::array<std::uint64_t, kWords>;

public:
    Published() { set(T{}); }

    void set(const T& value) noexcept {
        const auto words = std::bit_cast<Words>(value);
        const std::uint64_t sequence = sequence_.load(std::memory_order_relaxed);
        sequence_.store(sequence + 1, std::memory_order_relaxed);
        for (std::size_t i = 0; i < kWords; ++i) {
            words_[i].store(words[i], std::memory_order_release);
        }
        sequence_.store(sequence + 2, std::memory_order_release);
    }

    [[nodiscard]] T get() const noexcept {
        Words words;
        std::uint64_t before = 0;
        std::uint64_t after = 0;
        do {
            before = sequence_.load(std::memory_order_acquire);
            for (std::size_t i = 0; i < kWords; ++i) {
                words[i] = words_[i].load(std::memory_order_acquire);
            }
            after = sequence_.load(std::memory_order_relaxed);
        } while (before != after || (before & 1) != 0);
        return std::bit_cast<T>(words);
    }

private:
    std::atomic<std::uint64_t> sequence_{0};
    std::array<std::atomic<std::uint64_t>, kWords> words_{};
};

}  // namespace flowgauge
