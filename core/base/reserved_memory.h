// ReservedMemory: a range of addresses that takes memory where it is touched and can give it back.
//
// What grows inside it never moves and never pauses for a copy, and an element is found by one
// addition. The kernel adds zeroed pages as they are touched, huge ones where it may.
#pragma once

#include <cstddef>

namespace flowgauge {

enum class HugePages : bool { kAvoid, kWanted };

// Thread: as a pointer. Ownership: owns the range.
class ReservedMemory {
public:
    // Granularity of give_back(), and the size of a huge page on x86-64 and most of arm64.
    static constexpr std::size_t kUnitBytes = std::size_t{2} << 20;

    ReservedMemory() = default;

    // Reserves `bytes`, rounded up to whole units, aligned to one. Huge pages suit what is touched
    // densely; where it is not, each would hold memory for nothing. Throws std::bad_alloc when
    // there is no room for it: RLIMIT_AS, or vm.overcommit_memory=2 with too much promised already.
    ReservedMemory(std::size_t bytes, HugePages huge_pages);
    ~ReservedMemory();
    ReservedMemory(ReservedMemory&& other) noexcept;
    ReservedMemory& operator=(ReservedMemory&& other) noexcept;
    ReservedMemory(const ReservedMemory&) = delete;
    ReservedMemory& operator=(const ReservedMemory&) = delete;

    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    // Gives the memory of a part back; it reads as zeros afterwards. Pages that lie only partly in
    // it stay.
    void give_back(std::size_t offset, std::size_t bytes) noexcept;

private:
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace flowgauge
