#include "export/ipfix/interface_table.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace flowgauge {
namespace {

using Workers = std::array<std::uint32_t, 2>;

IpfixInterface interface_of(std::uint32_t index) {
    return {.index = index, .name = "eth" + std::to_string(index), .description = ""};
}

TEST(InterfaceTable, TellsPointsOfTwoInputsApart) {
    InterfaceTable table(4);
    EXPECT_EQ(table.version(), 0U);
    EXPECT_TRUE(table.set(Workers{0, 1}, 5, interface_of(7)));
    EXPECT_TRUE(table.set(Workers{2, 3}, 5, interface_of(8)));
    EXPECT_EQ(table.index(1, 5), 7U);
    EXPECT_EQ(table.index(2, 5), 8U);
    EXPECT_EQ(table.index(3, 5), 8U);
    EXPECT_EQ(table.index(0, 4), 0U);
    EXPECT_EQ(table.index(4, 5), 0U);  // no such worker
    EXPECT_EQ(table.all(), (std::vector<IpfixInterface>{interface_of(7), interface_of(8)}));
}

TEST(InterfaceTable, HasANewVersionForWhatChangesAlone) {
    InterfaceTable table(2);
    EXPECT_TRUE(table.set(Workers{0, 1}, 0, interface_of(7)));
    const std::uint64_t version = table.version();
    EXPECT_TRUE(table.set(Workers{0, 1}, 0, interface_of(7)));
    EXPECT_EQ(table.version(), version);
    EXPECT_TRUE(table.set(Workers{0, 1}, 0, {.index = 7, .name = "uplink", .description = "x"}));
    EXPECT_GT(table.version(), version);
    EXPECT_TRUE(table.set(Workers{0, 1}, 0, interface_of(9)));  // made anew
    EXPECT_EQ(table.all(), (std::vector<IpfixInterface>{interface_of(9)}));
}

TEST(InterfaceTable, NamesAnInterfaceOfTwoInputsOnce) {
    InterfaceTable table(4);
    EXPECT_TRUE(table.set(Workers{0, 1}, 0, interface_of(7)));
    EXPECT_TRUE(table.set(Workers{2, 3}, 0, interface_of(7)));
    EXPECT_EQ(table.all().size(), 1U);
}

TEST(InterfaceTable, RefusesMoreThanItMayHold) {
    InterfaceTable table(4);
    for (std::uint32_t i = 0; i < InterfaceTable::kInterfacesMax; ++i) {
        EXPECT_TRUE(table.set(Workers{0, 1}, static_cast<std::uint8_t>(i), interface_of(i + 1)));
    }
    EXPECT_FALSE(table.set(Workers{2, 3}, 0, interface_of(99)));
    EXPECT_EQ(table.index(2, 0), 0U);
    EXPECT_TRUE(table.set(Workers{0, 1}, 0, interface_of(99)));
    EXPECT_EQ(table.index(0, 0), 99U);
}

}  // namespace
}  // namespace flowgauge
