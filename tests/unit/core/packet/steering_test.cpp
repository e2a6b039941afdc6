#include "core/packet/steering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

IpAddress four(std::uint64_t value) {
    return {.high = 0, .low = value & 0xffffffff};
}

TEST(Steering, IsSymmetric) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 10'000; ++i) {
        const IpAddress a{.high = random(), .low = random()};
        const IpAddress b{.high = random(), .low = random()};
        ASSERT_EQ(steering_hash(a, b), steering_hash(b, a));
        ASSERT_EQ(steering_hash(four(a.low), four(b.low)), steering_hash(four(b.low), four(a.low)));
        for (std::uint32_t workers = 1; workers <= 64; ++workers) {
            ASSERT_LT(owner(a, b, workers), workers);
        }
    }
}

TEST(Steering, CountsTwoWordsForIpv4AndEightForIpv6) {
    std::mt19937 random(2);
    for (int i = 0; i < 10'000; ++i) {
        std::uint32_t words[8];
        std::uint32_t exclusive_or = 0;
        std::uint32_t sum = 0;
        for (std::uint32_t& word : words) {
            word = static_cast<std::uint32_t>(random());
            exclusive_or ^= word;
            sum += word;
        }
        ASSERT_EQ(
            steering_hash(four(words[0]), four(words[1])),
            mix_steering_words(words[0] ^ words[1], words[0] + words[1])
        );
        const auto joined = [&](int at) {
            return (std::uint64_t{words[at]} << 32) | words[at + 1];
        };
        ASSERT_EQ(
            steering_hash(
                {.high = joined(0), .low = joined(2)}, {.high = joined(4), .low = joined(6)}
            ),
            mix_steering_words(exclusive_or, sum)
        );
    }
}

// No worker gets more than half again its share of pairs. A plan whose exclusive-or and sum are
// both constant (each address the complement of its peer's) would meet on one worker; nobody
// numbers so.
TEST(Steering, SpreadsTypicalAddressPlans) {
    constexpr std::size_t kPairs = 20'000;
    constexpr double kMost = 1.5;
    struct Pair {
        IpAddress a;
        IpAddress b;
    };
    struct Row {
        std::string why;
        std::function<Pair(std::uint64_t)> pair;
    };
    constexpr std::uint64_t kNet = 0x0a000000;
    constexpr std::uint64_t kServer = 0x0a0000fe;
    constexpr std::uint64_t kPrefix = 0x20010db800000000;
    const std::vector<Row> rows = {
        {"clients of one /16 to one server",
         [](std::uint64_t i) {
             return Pair{four(kNet + i), four(kServer)};
         }},
        {"neighbours",
         [](std::uint64_t i) {
             return Pair{four(kNet + i), four(kNet + i + 1)};
         }},
        {"mirrored host parts",
         [](std::uint64_t i) {
             return Pair{four(kNet + i), four(0x0b000000 + i)};
         }},
        {"full mesh of a /24",
         [](std::uint64_t i) {
             return Pair{four(kNet + i % 141), four(kNet + 100 + i / 141)};
         }},
        {"steps of 256",
         [](std::uint64_t i) {
             return Pair{four(kNet + (i << 8)), four(0xc0a80001)};
         }},
        {"IPv6 interface numbers",
         [](std::uint64_t i) {
             return Pair{{kPrefix, i + 1}, {kPrefix + 1, 1}};
         }},
        {"IPv6 subnets",
         [](std::uint64_t i) {
             return Pair{{kPrefix + i, 1}, {kPrefix, 0x53}};
         }},
    };
    for (const Row& row : rows) {
        for (std::uint32_t workers = 2; workers <= 8; ++workers) {
            std::vector<std::size_t> pairs(workers);
            for (std::uint64_t i = 0; i < kPairs; ++i) {
                const Pair pair = row.pair(i);
                ++pairs[owner(pair.a, pair.b, workers)];
            }
            const auto most = static_cast<double>(*std::max_element(pairs.begin(), pairs.end()));
            EXPECT_LT(most * workers / kPairs, kMost) << row.why << ", " << workers << " workers";
        }
    }
}

}  // namespace
}  // namespace flowgauge
