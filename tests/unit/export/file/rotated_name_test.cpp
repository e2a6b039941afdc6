#include "export/file/rotated_name.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace flowgauge {
namespace {

const RotatedName kName{.sequence = 7, .start = "20261122T054000Z"};

TEST(RotatedNames, PutsStartAndSequenceBeforeTheExtension) {
    const RotatedNames names("/var/log/flowgauge/x.csv");
    EXPECT_EQ(names.directory(), "/var/log/flowgauge");
    EXPECT_EQ(names.finished(kName), "x-20261122T054000Z-000007.csv");
    EXPECT_EQ(names.unfinished(kName), ".x-20261122T054000Z-000007.csv.part");
    EXPECT_EQ(RotatedNames("flows").directory(), ".");
    EXPECT_EQ(RotatedNames("flows").finished(kName), "flows-20261122T054000Z-000007");
    EXPECT_EQ(RotatedNames("a.b/x.tar.gz").finished(kName), "x.tar-20261122T054000Z-000007.gz");
    EXPECT_EQ(RotatedNames("/x.csv").directory(), "/");
}

TEST(RotatedNames, PutTheEndingOfACompressionBehindThatOfTheFormat) {
    for (const char* path : {"/d/x.csv", "/d/x.csv.zst"}) {
        const RotatedNames names(path, ".zst");
        EXPECT_EQ(names.plain(), "/d/x.csv.zst");
        EXPECT_EQ(names.finished(kName), "x-20261122T054000Z-000007.csv.zst");
        EXPECT_EQ(names.parse_finished("x-20261122T054000Z-000007.csv.zst"), kName);
        EXPECT_FALSE(names.parse_finished("x-20261122T054000Z-000007.csv"));
    }
    EXPECT_EQ(RotatedNames("/d/x.csv").plain(), "/d/x.csv");
}

TEST(RotatedNames, ReadsItsOwnNamesBack) {
    const RotatedNames names("/d/x.csv");
    for (const std::uint64_t sequence : {0ULL, 7ULL, 999'999ULL, 1'000'000ULL}) {
        const RotatedName name{.sequence = sequence, .start = kName.start};
        EXPECT_EQ(names.parse_finished(names.finished(name)), name);
        EXPECT_EQ(names.parse_unfinished(names.unfinished(name)), name);
        EXPECT_FALSE(names.parse_finished(names.unfinished(name)));
        EXPECT_FALSE(names.parse_unfinished(names.finished(name)));
    }
}

TEST(RotatedNames, KnowsNoOtherNames) {
    const RotatedNames names("/d/x.csv");
    for (const char* other :
         {"x.csv",
          "x-.csv",
          "x-20261122T054000Z-000007.csv.gz",
          "x-20261122T054000Z-000007.jsonl",
          "y-20261122T054000Z-000007.csv",
          "xx-20261122T054000Z-000007.csv",
          "x-2026112aT054000Z-000007.csv",
          "x-20261122T054000Z-00007.csv",
          "x-20261122T054000Z-0000007.csv",
          "x-20261122T054000Z-00000a.csv",
          "x-20261122T054000Z--00007.csv",
          "x-20261122T054000Z-+00007.csv",
          "x-20261122T054000Z-9999999999999999.csv",
          "x-20261122T054000Z-000007-2.csv",
          ".x-20261122T054000Z-000007.csv",
          "x-20261122T054000Z-000007.csv.part",
          ""}) {
        EXPECT_FALSE(names.parse_finished(other)) << other;
        EXPECT_FALSE(names.parse_unfinished(other)) << other;
    }
}

TEST(RotatedNames, AreInTheOrderOfMakingWhateverTheClockDid) {
    const RotatedName before{.sequence = 1, .start = "20261122T054000Z"};
    const RotatedName after{.sequence = 2, .start = "20261122T044000Z"};
    EXPECT_LT(before, after);
}

TEST(RotatedNames, StampIsUtc) {
    using std::chrono::seconds;
    using std::chrono::system_clock;
    EXPECT_EQ(utc_stamp(system_clock::time_point(seconds(1'795'326'000))), "20261122T054000Z");
    EXPECT_EQ(utc_stamp(system_clock::time_point(seconds(0))), "19700101T000000Z");
}

}  // namespace
}  // namespace flowgauge
