#include "core/base/published.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <thread>

namespace flowgauge::test {
namespace {

struct Numbers {
    std::array<std::uint64_t, 40> all{};
};

TEST(Published, IsZeroBeforeItIsSet) {
    const Published<Numbers> published;
    EXPECT_EQ(published.get().all, Numbers{}.all);
}

TEST(Published, IsReadAsOfOneMomentWhileItIsWritten) {
    constexpr std::uint64_t kLast = 200'000;
    Published<Numbers> published;
    std::jthread writer([&published] {
        Numbers numbers;
        for (std::uint64_t value = 1; value <= kLast; ++value) {
            numbers.all.fill(value);
            published.set(numbers);
        }
    });
    std::uint64_t before = 0;
    while (before < kLast) {
        const Numbers numbers = published.get();
        for (const std::uint64_t number : numbers.all) {
            ASSERT_EQ(number, numbers.all.front());
        }
        ASSERT_GE(numbers.all.front(), before) << "what was seen is not undone";
        before = numbers.all.front();
    }
}

}  // namespace
}  // namespace flowgauge::test
