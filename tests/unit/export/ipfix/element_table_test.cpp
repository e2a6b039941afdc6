#include "export/ipfix/element.h"
#include "tests/unit/export/ipfix/ipfix_flows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace flowgauge {
namespace {

constexpr TimeUnit kUnits[] = {
    TimeUnit::kMilliseconds, TimeUnit::kMicroseconds, TimeUnit::kNanoseconds};

const Column* column_named(std::string_view name) {
    const auto columns = all_columns();
    const auto found = std::ranges::find(columns, name, &Column::name);
    return found == columns.end() ? nullptr : &*found;
}

void expect_column(std::string_view name, const IpfixElement& element) {
    const Column* column = column_named(name);
    ASSERT_NE(column, nullptr) << name;
    if (column->presence != Presence::kAlways) {
        EXPECT_EQ(column->presence, element.presence) << name;
    }
}

TEST(IpfixElements, HaveOneValueEachAndColumnsThatExist) {
    for (const IpfixElement& element : all_ipfix_elements()) {
        SCOPED_TRACE(element.name);
        const int places = (element.slot != IpfixSlot::kNone ? 1 : 0) +
                           (element.text != IpfixText::kNone ? 1 : 0) +
                           (element.list != IpfixList::kNone ? 1 : 0);
        EXPECT_EQ(places, 1);
        EXPECT_EQ(element.own, !element.meaning.empty());
        EXPECT_TRUE(element.reversible || element.reverse_column.empty());
        for (const std::string_view name :
             {element.column, element.reverse_column, element.part_of}) {
            if (!name.empty()) {
                expect_column(name, element);
            }
        }
    }
}

// A number of ours means one thing for ever, whatever the time unit.
TEST(IpfixElements, HaveNumbersOfTheirOwn) {
    IpfixOptions options;
    std::map<std::uint16_t, std::string> seen;
    for (const IpfixElement& element : all_ipfix_elements()) {
        for (const TimeUnit unit : kUnits) {
            const IpfixField field = field_of(element, options, unit);
            if (!element.own) {
                continue;
            }
            EXPECT_GE(field.id, 1000U);
            EXPECT_LT(field.id, kReverseBit);
            const std::string name = name_of(element, unit);
            EXPECT_EQ(seen.try_emplace(field.id, name).first->second, name);
            EXPECT_TRUE(name.starts_with("fg"));
        }
    }
}

TEST(IpfixElements, AreNamedAndTypedByTheTimeUnit) {
    const auto elements = all_ipfix_elements();
    const auto start = std::ranges::find(elements, "flowStart{unit}", &IpfixElement::name);
    ASSERT_NE(start, elements.end());
    const IpfixOptions options;
    EXPECT_EQ(name_of(*start, kUnits[1]), "flowStartMicroseconds");
    EXPECT_EQ(reverse_name_of(*start, kUnits[2]), "reverseFlowStartNanoseconds");
    EXPECT_EQ(field_of(*start, options, kUnits[2]).id, 156U);
    EXPECT_EQ(reverse_field_of(*start, options, kUnits[0]).enterprise, kReverseEnterprise);
    EXPECT_EQ(type_of(*start, kUnits[1]), IpfixType::kMicroseconds);
}

// Columns that no element stands for can be worked out from those that are there.
TEST(IpfixElements, LeaveOutOnlyColumnsThatFollowFromOthers) {
    const std::set<std::string> derived{
        "id",             // the place in an output
        "expiration_id",  // from end_reason
        "src_oui",        // of the MAC address
        "dst_oui",
        "bidirectional_duration_{unit}",  // last minus first
        "src2dst_duration_{unit}",
        "dst2src_duration_{unit}",
        "bidirectional_packets",  // sums of both directions
        "bidirectional_bytes",
        "src2dst_first_seen_{unit}",  // that of both directions: the first packet's is forward
        "src2dst_bytes",              // octetDeltaCount or layer2OctetDeltaCount
        "dst2src_bytes",
        "bidirectional_syn_packets",
        "bidirectional_cwr_packets",
        "bidirectional_ece_packets",
        "bidirectional_urg_packets",
        "bidirectional_ack_packets",
        "bidirectional_psh_packets",
        "bidirectional_rst_packets",
        "bidirectional_fin_packets"};
    IpfixOptions options;
    options.profile = IpfixProfile::kFull;
    const MeterOptions meter = test::everything();
    std::set<std::string_view> said;
    for (const IpfixElement& element : all_ipfix_elements()) {
        if (is_present(element, options, meter)) {
            said.insert({element.column, element.reverse_column});
        }
    }
    for (const Column& column : all_columns()) {
        EXPECT_NE(said.contains(column.name), derived.contains(std::string(column.name)))
            << column.name;
    }
}

}  // namespace
}  // namespace flowgauge
