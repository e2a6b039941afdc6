#include "core/base/reserved_memory.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kUnit = ReservedMemory::kUnitBytes;

std::size_t page_bytes() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// One byte a page, its lowest bit set where the kernel holds memory; empty unless the whole range
// is mapped.
std::vector<unsigned char> pages_of(std::byte* begin, std::size_t bytes) {
    std::vector<unsigned char> pages(bytes / page_bytes());
    if (::mincore(begin, bytes, pages.data()) != 0) {
        pages.clear();
    }
    return pages;
}

std::size_t resident_pages(const ReservedMemory& memory) {
    const std::vector<unsigned char> pages = pages_of(memory.data(), memory.bytes());
    EXPECT_FALSE(pages.empty());
    return static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char page) {
        return (page & 1) != 0;
    }));
}

void fill(const ReservedMemory& memory) {
    std::fill_n(memory.data(), memory.bytes(), std::byte{0xa5});
}

bool is_all(const std::byte* begin, std::size_t bytes, std::byte value) {
    return std::all_of(begin, begin + bytes, [value](std::byte byte) { return byte == value; });
}

TEST(ReservedMemory, IsWholeUnitsAlignedToOne) {
    struct Row {
        std::size_t asked;
        std::size_t got;
    };
    for (const Row row :
         {Row{0, kUnit},
          Row{1, kUnit},
          Row{kUnit, kUnit},
          Row{kUnit + 1, 2 * kUnit},
          Row{5 * kUnit - 1, 5 * kUnit}}) {
        for (const HugePages huge_pages : {HugePages::kAvoid, HugePages::kWanted}) {
            const ReservedMemory memory(row.asked, huge_pages);
            EXPECT_EQ(memory.bytes(), row.got) << row.asked;
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % kUnit, 0U) << row.asked;
        }
    }
}

TEST(ReservedMemory, BeginsAsZerosAndHoldsWhatIsWritten) {
    const ReservedMemory memory(2 * kUnit, HugePages::kWanted);
    EXPECT_TRUE(is_all(memory.data(), memory.bytes(), std::byte{0}));
    fill(memory);
    EXPECT_TRUE(is_all(memory.data(), memory.bytes(), std::byte{0xa5}));
}

TEST(ReservedMemory, TakesNoMemoryForWhatIsNotTouched) {
    const ReservedMemory memory(512 * kUnit, HugePages::kAvoid);
    EXPECT_EQ(resident_pages(memory), 0U);
    memory.data()[memory.bytes() - 1] = std::byte{1};
    EXPECT_GE(resident_pages(memory), 1U);
    EXPECT_LE(resident_pages(memory), kUnit / page_bytes());  // huge pages may be the system's rule
}

TEST(ReservedMemory, ReadsAsZerosWhereItWasGivenBack) {
    ReservedMemory memory(3 * kUnit, HugePages::kWanted);
    fill(memory);
    memory.give_back(kUnit, kUnit);
    EXPECT_LE(resident_pages(memory), 2 * kUnit / page_bytes());
    EXPECT_TRUE(is_all(memory.data(), kUnit, std::byte{0xa5}));
    EXPECT_TRUE(is_all(memory.data() + kUnit, kUnit, std::byte{0}));
    EXPECT_TRUE(is_all(memory.data() + 2 * kUnit, kUnit, std::byte{0xa5}));
    memory.data()[kUnit] = std::byte{7};  // and can be used again
    EXPECT_EQ(memory.data()[kUnit], std::byte{7});
}

TEST(ReservedMemory, KeepsPagesThatLieOnlyPartlyInWhatIsGivenBack) {
    const std::size_t page = page_bytes();
    ReservedMemory memory(kUnit, HugePages::kAvoid);
    fill(memory);
    memory.give_back(page + 1, 2 * page);  // of pages 1, 2 and 3 only 2 lies wholly in it
    EXPECT_TRUE(is_all(memory.data(), 2 * page, std::byte{0xa5}));
    EXPECT_TRUE(is_all(memory.data() + 2 * page, page, std::byte{0}));
    EXPECT_TRUE(is_all(memory.data() + 3 * page, memory.bytes() - 3 * page, std::byte{0xa5}));
    memory.give_back(1, page - 1);  // less than a page
    EXPECT_TRUE(is_all(memory.data(), 2 * page, std::byte{0xa5}));
}

TEST(ReservedMemory, GivesBackNothingBehindItsEnd) {
    const std::size_t page = page_bytes();
    ReservedMemory memory(kUnit, HugePages::kAvoid);
    fill(memory);
    memory.give_back(kUnit - page, 4 * page);
    EXPECT_TRUE(is_all(memory.data(), kUnit - page, std::byte{0xa5}));
    EXPECT_TRUE(is_all(memory.data() + kUnit - page, page, std::byte{0}));
    memory.give_back(kUnit, page);
    EXPECT_TRUE(is_all(memory.data(), kUnit - page, std::byte{0xa5}));
}

TEST(ReservedMemory, KeepsItsAddressWhenItMoves) {
    ReservedMemory first(kUnit, HugePages::kAvoid);
    first.data()[0] = std::byte{1};
    std::byte* const address = first.data();

    ReservedMemory second(std::move(first));
    EXPECT_EQ(second.data(), address);
    EXPECT_EQ(second.bytes(), kUnit);
    // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move): this is under test
    EXPECT_TRUE(first.data() == nullptr && first.bytes() == 0);

    ReservedMemory third;
    third = std::move(second);
    EXPECT_EQ(third.data(), address);
    EXPECT_EQ(third.data()[0], std::byte{1});
    static_assert(!std::is_copy_constructible_v<ReservedMemory>);
    static_assert(!std::is_copy_assignable_v<ReservedMemory>);
}

TEST(ReservedMemory, UnmapsTheWholeRangeWhenItGoes) {
    std::byte* address = nullptr;
    {
        const ReservedMemory memory(4 * kUnit, HugePages::kAvoid);
        address = memory.data();
        EXPECT_FALSE(pages_of(address, 4 * kUnit).empty());
    }
    EXPECT_TRUE(pages_of(address, 4 * kUnit).empty());
}

TEST(ReservedMemory, RefusesSizesThatNoAddressSpaceHas) {
    constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
    for (const std::size_t bytes : {kAll, kAll - kUnit, kAll - 2 * kUnit, kAll / 2}) {
        EXPECT_THROW(ReservedMemory(bytes, HugePages::kAvoid), std::bad_alloc) << bytes;
    }
}

}  // namespace
}  // namespace flowgauge
