#include "export/terminal/traffic_groups.h"

#include "export/terminal/group_list.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace flowgauge {
namespace {

constexpr TrafficSum kOne{.flows = 1, .packets = 2, .bytes = 100};

std::string list_of(
    const TrafficGroups& groups,
    const TrafficSum& total,
    const ApplicationNames* names,
    std::size_t rows
) {
    std::string out;
    append_group_list(out, groups, total, names, {.rows = rows});
    return out;
}

TEST(TrafficGroups, PutsEqualNamesIntoOneGroup) {
    Application application;
    const auto group = [&application](std::uint16_t master, std::uint16_t app) {
        application.master = master;
        application.app = app;
        return group_of(application);
    };
    EXPECT_EQ(group(5, 0), (GroupKey{.first = 0, .second = 5}));
    EXPECT_EQ(group(0, 5), (GroupKey{.first = 0, .second = 5}));
    EXPECT_EQ(group(5, 5), (GroupKey{.first = 0, .second = 5}));
    EXPECT_EQ(group(91, 5), (GroupKey{.first = 91, .second = 5}));
    EXPECT_EQ(group(0, 0), (GroupKey{.first = 0, .second = 0}));
}

TEST(TrafficGroups, TakesTheLowerPortWithoutDissection) {
    Flow flow;
    flow.key.rest =
        FlowKey::pack({.lower_port = 50'000, .upper_port = 443, .protocol = kProtocolTcp});
    const FlowRecord record{.flow = &flow};
    const RecordContext context;
    EXPECT_EQ(
        group_of(RecordView{.record = record, .context = context}),
        (GroupKey{.first = 6, .second = 443})
    );
}

TEST(TrafficGroups, CountsWhatIsBeyondItsBound) {
    TrafficGroups groups(3);
    for (std::uint16_t round = 0; round < 2; ++round) {
        for (std::uint16_t port = 0; port < 10; ++port) {
            groups.add({.first = 6, .second = port}, kOne);
        }
    }
    ASSERT_EQ(groups.all().size(), 3);
    for (const TrafficGroups::Group& group : groups.all()) {
        EXPECT_EQ(group.sum.flows, 2);
    }
    EXPECT_EQ(groups.beyond().flows, 14);
    EXPECT_EQ(groups.beyond().packets, 28);
    EXPECT_EQ(groups.beyond().bytes, 1400);
    EXPECT_EQ(
        list_of(groups, {.flows = 20, .packets = 40, .bytes = 2000}, nullptr, 2),
        "Top 2 protocols and ports by bytes, of more than 3\n"
        "PROTOCOL, LOWER PORT                    FLOWS          PACKETS     BYTES   SHARE\n"
        "TCP 0                                       2                4     200 B   10.0%\n"
        "TCP 1                                       2                4     200 B   10.0%\n"
        "others                                     16               32  1.56 KiB   80.0%\n"
    );
}

TEST(TrafficGroups, NeverReachesItsBoundWithoutDissection) {
    TrafficGroups groups;
    for (std::uint32_t protocol = 0; protocol < 256; ++protocol) {
        const bool has_ports = protocol == kProtocolTcp || protocol == kProtocolUdp;
        for (std::uint32_t port = 0; port < (has_ports ? 65'536 : 1); ++port) {
            groups.add(
                {.first = static_cast<std::uint16_t>(protocol),
                 .second = static_cast<std::uint16_t>(port)},
                kOne
            );
        }
    }
    EXPECT_EQ(groups.beyond().flows, 0);
    EXPECT_EQ(groups.all().size(), kGroupsMax);
}

TEST(GroupList, OrdersByBytesThenPacketsFlowsAndName) {
    TrafficGroups groups;
    groups.add({.first = 6, .second = 443}, {.flows = 1, .packets = 9, .bytes = 100});
    groups.add({.first = 17, .second = 53}, {.flows = 1, .packets = 9, .bytes = 100});
    groups.add({.first = 6, .second = 80}, {.flows = 2, .packets = 9, .bytes = 100});
    groups.add({.first = 1, .second = 0}, {.flows = 1, .packets = 10, .bytes = 100});
    groups.add({.first = 200, .second = 0}, {.flows = 1, .packets = 1, .bytes = 101});
    EXPECT_EQ(
        list_of(groups, {.flows = 6, .packets = 38, .bytes = 501}, nullptr, 20),
        "Protocols and ports by bytes\n"
        "PROTOCOL, LOWER PORT                    FLOWS          PACKETS     BYTES   SHARE\n"
        "200                                         1                1     101 B   20.2%\n"
        "ICMP                                        1               10     100 B   20.0%\n"
        "TCP 80                                      2                9     100 B   20.0%\n"
        "TCP 443                                     1                9     100 B   20.0%\n"
        "UDP 53                                      1                9     100 B   20.0%\n"
    );
}

TEST(GroupList, EscapesAndShortensNamesOfApplications) {
    const ApplicationNames names(
        {"Unknown", "Bell\x07", "AnApplicationOfMoreThanThirtyTwoLetters"}, {""}, {}
    );
    TrafficGroups groups;
    groups.add({.first = 0, .second = 1}, kOne);
    groups.add({.first = 1, .second = 2}, {.flows = 1, .packets = 1, .bytes = 0});
    EXPECT_EQ(
        list_of(groups, {.flows = 2, .packets = 3, .bytes = 100}, &names, 20),
        "Applications by bytes\n"
        "APPLICATION                             FLOWS          PACKETS     BYTES   SHARE\n"
        "Bell\\x07                                    1                2     100 B  100.0%\n"
        "Bell\\x07.AnAppl..hirtyTwoLetters            1                1       0 B    0.0%\n"
    );
}

TEST(GroupList, StaysWithin80ColumnsForAnyCounts) {
    TrafficGroups groups;
    constexpr std::uint64_t kHuge = std::uint64_t{1} << 62;
    groups.add({}, {.flows = kHuge, .packets = kHuge, .bytes = kHuge});
    const std::string out = list_of(groups, {.flows = kHuge, .bytes = kHuge}, nullptr, 1);
    EXPECT_NE(out.find("4.61E"), std::string::npos) << out;
    EXPECT_LE(out.substr(out.rfind('\n', out.size() - 2)).size(), 82) << out;
}

}  // namespace
}  // namespace flowgauge
