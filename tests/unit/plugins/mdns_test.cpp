#include "plugins/builtin.h"
#include "tests/support/packet_builder.h"
#include "tests/support/plugin_host.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

using test::Bytes;
using test::BytesView;
using test::PluginHost;
using test::PluginValue;

using Texts = std::vector<std::string>;

constexpr std::uint16_t kPtr = 12;
constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kNsec = 47;

Bytes name(const std::vector<std::string>& labels) {
    Bytes bytes;
    for (const std::string& label : labels) {
        bytes =
            test::joined({bytes, Bytes{static_cast<std::uint8_t>(label.size())}, test::text(label)}
            );
    }
    bytes.push_back(0);
    return bytes;
}

Bytes pointer(std::size_t place) {
    return test::be16(0xc000 | place);
}

// With the root as owner.
Bytes record(std::uint16_t type, BytesView data) {
    return test::joined(
        {Bytes{0}, test::be16(type), test::be16(1), Bytes(4), test::be16(data.size()), data}
    );
}

Bytes message(std::size_t questions, std::size_t answers, BytesView sections) {
    return test::joined({Bytes(4), test::be16(questions), test::be16(answers), Bytes(4), sections});
}

Texts names_of(const std::vector<Bytes>& messages, bool any_type = false) {
    PluginHost host(*find_builtin_plugin("mdns"), {{"any_type", any_type ? "true" : "false"}});
    for (const Bytes& each : messages) {
        const Bytes bytes = test::ip_packet({}, test::udp_datagram(5353, 5353, each));
        EXPECT_FALSE(host.packet(test::plugin_packet(bytes)));
    }
    host.end();
    return std::get<Texts>(host.value("mdns_ptr"));
}

TEST(Mdns, ListsEachNameOnceInTheOrderOfAnswers) {
    const Bytes question = test::joined({name({"_http", "_tcp", "local"}), Bytes{0, 12, 0, 1}});
    const Bytes first = test::joined(
        {question,
         record(kPtr, name({"b, c", "local"})),
         record(kA, name({"no"})),
         record(kPtr, test::joined({Bytes{1, 'a'}, pointer(12)}))}
    );
    const Bytes second =
        test::joined({record(kPtr, name({"z"})), record(kPtr, name({"b, c", "local"}))});
    EXPECT_EQ(
        names_of({message(1, 3, first), message(0, 2, second)}),
        (Texts{"b  c.local", "a._http._tcp.local", "z"})
    );
    EXPECT_EQ(names_of({message(0, 0, {})}), Texts());
    EXPECT_EQ(names_of({message(0, 1, record(kPtr, Bytes{0}))}), Texts{""});
}

TEST(Mdns, TakesNothingOfADamagedMessage) {
    const Bytes good = record(kPtr, name({"good"}));
    const auto with = [&](BytesView bad) {
        return names_of({message(0, 2, test::joined({good, bad}))});
    };
    EXPECT_EQ(with({}), Texts()) << "fewer answers than it says";
    EXPECT_EQ(with(record(kPtr, pointer(12 + good.size() + 11))), Texts()) << "points to itself";
    EXPECT_EQ(with(record(kPtr, pointer(500))), Texts()) << "points behind";
    EXPECT_EQ(with(record(kPtr, Bytes{0x80, 1})), Texts()) << "no kind of label";
    EXPECT_EQ(with(record(kPtr, Bytes{60, 'x'})), Texts()) << "a label that is cut";
    EXPECT_EQ(with(record(kPtr, name(std::vector<std::string>(5, std::string(60, 'x'))))), Texts())
        << "a name of more than 255 bytes";
    const Bytes whole = message(0, 1, good);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(
            names_of({Bytes(whole.begin(), whole.begin() + static_cast<int>(size))}), Texts()
        );
    }
    EXPECT_EQ(names_of({whole}), Texts{"good"});
}

TEST(Mdns, RefusesMessagesWithTypesThatNfstreamDoesNotKnowUnlessToldOtherwise) {
    const Bytes good = record(kPtr, name({"good"}));
    const Bytes other = record(kNsec, Bytes{1, 2, 3});
    const Bytes answer = message(0, 2, test::joined({good, other}));
    Bytes additional = message(0, 1, test::joined({good, other}));
    additional[11] = 1;
    for (const Bytes& each : {answer, additional}) {
        EXPECT_EQ(names_of({each}), Texts());
        EXPECT_EQ(names_of({each}, true), Texts{"good"});
    }
}

TEST(Mdns, BoundsTheJumpsOfAName) {
    const auto chain = [](std::size_t jumps) {
        Bytes sections = record(kPtr, name({"end"}));
        std::size_t target = 12 + 11;
        std::size_t answers = 1;
        for (; answers <= jumps; ++answers) {
            const std::size_t place = 12 + sections.size() + 11;
            sections = test::joined({sections, record(kPtr, pointer(target))});
            target = place;
        }
        return message(0, answers, sections);
    };
    EXPECT_EQ(names_of({chain(32)}), Texts{"end"});
    EXPECT_EQ(names_of({chain(33)}), Texts());
}

TEST(Mdns, BoundsTheNamesOfAFlow) {
    std::vector<Bytes> messages;
    messages.reserve(300);
    for (int i = 0; i < 300; ++i) {
        messages.push_back(message(0, 1, record(kPtr, name({"name" + std::to_string(i)}))));
    }
    EXPECT_EQ(names_of(messages).size(), 256U);
}

TEST(Mdns, LooksAtItsPortOverIpv4Only) {
    const Bytes payload = message(0, 1, record(kPtr, name({"x"})));
    PluginHost host(*find_builtin_plugin("mdns"));
    const Bytes to_client = test::ip_packet({}, test::udp_datagram(5353, 999, payload));
    EXPECT_FALSE(host.packet(test::plugin_packet(to_client)));
    host.end();
    EXPECT_EQ(host.value("mdns_ptr"), PluginValue(Texts()));
    const Bytes ipv6 = test::ip_packet(
        {.source = "::1", .destination = "ff02::fb"}, test::udp_datagram(5353, 5353, payload)
    );
    EXPECT_FALSE(host.packet(test::plugin_packet(ipv6)));
    host.end();
    EXPECT_EQ(host.value("mdns_ptr"), PluginValue(Texts()));
}

}  // namespace
}  // namespace flowgauge
