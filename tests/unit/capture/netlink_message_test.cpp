#include "capture/netlink_message.h"

#include "tests/unit/capture/netlink_bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace flowgauge {
namespace {

using test::attribute;
using test::Bytes;
using test::bytes_of;
using test::joined;
using test::message;
using test::text;

TEST(NetlinkMessage, AreTakenOneAfterTheOther) {
    const Bytes both = joined({message(RTM_NEWLINK, text("abcde")), message(NLMSG_DONE, {})});
    std::span<const std::uint8_t> rest = both;
    const auto first = take_message(rest);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, RTM_NEWLINK);
    EXPECT_EQ(Bytes(first->payload.begin(), first->payload.end()), text("abcde"));
    const auto second = take_message(rest);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->type, NLMSG_DONE);
    EXPECT_TRUE(second->payload.empty());
    EXPECT_TRUE(rest.empty());
    EXPECT_FALSE(take_message(rest));
}

TEST(NetlinkMessage, NeedsNoPaddingAtTheEnd) {
    Bytes last = message(RTM_NEWLINK, text("abcde"));
    last.resize(last.size() - 3);
    std::span<const std::uint8_t> rest = last;
    const auto taken = take_message(rest);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->payload.size(), 5U);
    EXPECT_TRUE(rest.empty());
}

TEST(NetlinkMessage, EndsWhereALengthMakesNoSense) {
    for (const std::uint32_t length : {0U, 1U, 15U, 21U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
        SCOPED_TRACE(length);
        Bytes bytes = message(RTM_NEWLINK, text("abcd"));
        const Bytes wrong = bytes_of(length);
        std::copy(wrong.begin(), wrong.end(), bytes.begin());
        std::span<const std::uint8_t> rest = bytes;
        EXPECT_FALSE(take_message(rest));
        EXPECT_EQ(rest.size(), bytes.size());
    }
    const Bytes cut(15);
    std::span<const std::uint8_t> rest = cut;
    EXPECT_FALSE(take_message(rest));
}

TEST(NetlinkAttribute, LosesItsFlagsAndEndsWhereALengthMakesNoSense) {
    constexpr std::uint16_t kNested = 0x8000;
    const Bytes good = attribute(kNested | 7, text("x"));
    std::span<const std::uint8_t> rest = good;
    const auto taken = take_attribute(rest);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->type, 7);
    EXPECT_EQ(taken->payload.size(), 1U);
    EXPECT_TRUE(rest.empty());

    for (const unsigned int length : {0U, 3U, 9U, 0xFFFFU}) {
        SCOPED_TRACE(length);
        const nlattr head{.nla_len = static_cast<std::uint16_t>(length), .nla_type = 1};
        const Bytes bad = joined({bytes_of(head), text("abcd")});
        rest = bad;
        EXPECT_FALSE(take_attribute(rest));
        EXPECT_FALSE(rest.empty());
    }
}

}  // namespace
}  // namespace flowgauge
