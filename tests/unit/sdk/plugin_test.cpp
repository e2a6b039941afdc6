// <flowgauge/plugin.hpp>: what becomes of a class.
#include "tests/support/packet_builder.h"
#include "tests/support/plugin_host.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::PluginHost;
using test::PluginValue;

// Counts what lives, and says each moment of a flow.
class Moments {
public:
    static constexpr const char* kName = "moments";
    static constexpr const char* kVersion = "7";

    explicit Moments(plugin::Setup& setup)
        : said_(setup.column<plugin::Texts>("said", "moments")) {}

    struct State {
        State() { ++alive; }
        ~State() { --alive; }
        State(const State&) = delete;
        State& operator=(const State&) = delete;

        std::vector<std::string> said = {"state"};
    };

    static void on_init(const plugin::Packet& /*packet*/, plugin::Flow& /*flow*/, State& state) {
        state.said.emplace_back("init");
    }
    static void on_packet(const plugin::Packet& /*packet*/, plugin::Flow& flow, State& state) {
        state.said.emplace_back("packet");
        if (flow.packets() == 3) {
            flow.expire();
        }
    }
    void on_expire(plugin::Flow& flow, State& state) {
        state.said.emplace_back("expire");
        flow.set(said_, state.said);
    }

    static int alive;

private:
    plugin::Column<plugin::Texts> said_;
};
int Moments::alive = 0;

const test::Bytes& datagram() {
    static const test::Bytes kBytes =
        test::ip_packet({}, test::udp_datagram(1, 2, test::text("hello")));
    return kBytes;
}

TEST(PluginClass, HearsEachMomentOfAFlow) {
    const flowgauge_plugin& made = *plugin::plugin_of<Moments>();
    EXPECT_STREQ(made.version, "7");
    PluginHost host(made);
    for (int flow = 0; flow < 2; ++flow) {
        EXPECT_FALSE(host.packet(test::plugin_packet(datagram())));
        EXPECT_EQ(Moments::alive, 1);
        EXPECT_FALSE(host.packet(test::plugin_packet(datagram())));
        EXPECT_TRUE(host.packet(test::plugin_packet(datagram())));
        host.end();
        EXPECT_EQ(Moments::alive, 0);
        EXPECT_EQ(
            host.value("said"),
            PluginValue(std::vector<std::string>{"state", "init", "packet", "packet", "expire"})
        );
    }
}

// A host that disabled a plugin may end a flow that began before or meanwhile.
TEST(PluginClass, DestroysOnlyAStateThatItConstructed) {
    const flowgauge_plugin& made = *plugin::plugin_of<Moments>();
    void* instance = nullptr;
    flowgauge_error error{};
    ASSERT_EQ(made.configure(nullptr, 0, &instance, &error), 0);
    const flowgauge_host host{};
    void* worker = nullptr;
    ASSERT_EQ(made.open(instance, &host, &worker, &error), 0);
    std::vector<std::uint64_t> zeros(made.flow_bytes(instance) / 8 + 1);
    const flowgauge_flow flow{};
    const flowgauge_packet packet{};
    EXPECT_EQ(made.on_update(worker, zeros.data(), &packet, &flow), FLOWGAUGE_GO_ON);
    EXPECT_EQ(made.on_expire(worker, zeros.data(), &flow), FLOWGAUGE_GO_ON);
    made.discard(worker, zeros.data());
    EXPECT_EQ(Moments::alive, 0);
    made.cleanup(worker);
    made.release(instance);
}

// Only what it has is called, and a plain state needs no end.
class OnlyExpires {
public:
    static constexpr const char* kName = "only_expires";
    explicit OnlyExpires(plugin::Setup& setup)
        : seen_(setup.column<plugin::Unsigned>("seen", "packets", "packets")) {}
    void on_expire(plugin::Flow& flow) const { flow.set(seen_, flow.packets()); }

private:
    plugin::Column<plugin::Unsigned> seen_;
};

TEST(PluginClass, LeavesOutWhatTheClassHasNot) {
    const flowgauge_plugin& made = *plugin::plugin_of<OnlyExpires>();
    EXPECT_EQ(made.on_init, nullptr);
    EXPECT_EQ(made.on_update, nullptr);
    EXPECT_EQ(made.discard, nullptr);
    EXPECT_STREQ(made.version, "0");
    PluginHost host(made);
    EXPECT_FALSE(host.packet(test::plugin_packet(datagram())));
    host.end();
    EXPECT_EQ(host.value("seen"), PluginValue(std::uint64_t{1}));
}

// Says what it was given.
class Arguments {
public:
    static constexpr const char* kName = "arguments";
    explicit Arguments(plugin::Setup& setup)
        : flag_(setup.optional<bool>("flag", true)),
          small_(setup.optional<std::int8_t>("small", -3)),
          real_(setup.optional<double>("real", 0.5, 0, 1e9)),
          text_(setup.optional<std::string>("text", "none")),
          list_(setup.optional<std::vector<std::string>>("list", {})),
          said_(setup.column<plugin::Text>("said", "arguments")),
          memory_(setup.array<std::uint64_t>(setup.optional<std::size_t>("memory", 1))) {}

    void on_expire(plugin::Flow& flow) const {
        std::string said = std::string(flag_ ? "yes" : "no") + " " + std::to_string(small_) + " " +
                           std::to_string(real_) + " " + text_;
        for (const std::string& member : list_) {
            said += " " + member;
        }
        flow.set(said_, said);
    }

private:
    bool flag_;
    std::int8_t small_;
    double real_;
    std::string text_;
    std::vector<std::string> list_;
    plugin::Column<plugin::Text> said_;
    plugin::FlowArray<std::uint64_t> memory_;
};

std::string said(const std::map<std::string, std::string>& arguments) {
    PluginHost host(*plugin::plugin_of<Arguments>(), arguments);
    if (!host.error().empty()) {
        return host.error();
    }
    static_cast<void>(host.packet(test::plugin_packet(datagram())));
    host.end();
    return std::get<std::string>(host.value("said"));
}

TEST(PluginSetup, ReadsArgumentsOfEachType) {
    EXPECT_EQ(said({}), "yes -3 0.500000 none");
    EXPECT_EQ(
        said(
            {{"flag", "false"},
             {"small", "-128"},
             {"real", "1.25e3"},
             {"text", "a b"},
             {"list", "x,,y"}}
        ),
        "no -128 1250.000000 a b x  y"
    );
    EXPECT_EQ(said({{"list", ""}}), "yes -3 0.500000 none");
}

TEST(PluginSetup, SaysWhatIsWrongWithAnArgument) {
    EXPECT_EQ(
        said({{"small", "128"}}),
        "argument 'small' is '128'; it is a whole number between -128 and 127"
    );
    EXPECT_EQ(said({{"small", ""}}).substr(0, 24), "argument 'small' is ''; ");
    EXPECT_EQ(said({{"real", "1,5"}}), "argument 'real' is '1,5'; it is a number");
    EXPECT_EQ(said({{"real", " 1"}}), "argument 'real' is ' 1'; it is a number");
    EXPECT_EQ(said({{"real", "-1"}}), "argument 'real' is -1; it lies between 0 and 1e+09");
    EXPECT_EQ(
        said({{"x", "1"}}),
        "argument 'x' is not known; there are: flag, small, real, text, list, memory"
    );
    EXPECT_EQ(said({{"memory", "8192"}}), "yes -3 0.500000 none");
    EXPECT_EQ(said({{"memory", "8193"}}), "a flow would need more than 65536 bytes of state");
    EXPECT_EQ(
        said({{"memory", std::to_string(std::numeric_limits<std::size_t>::max())}}),
        "a flow would need more than 65536 bytes of state"
    );
    EXPECT_EQ(said({{std::string(300, 'x'), "1"}}).size(), 255U)
        << "as much as a message has room for";
}

class Throws {
public:
    static constexpr const char* kName = "throws";
    explicit Throws(plugin::Setup& /*setup*/) {}
    static void open(const plugin::Host& host) {
        if (!host.find("protocol")) {
            throw plugin::Error("there is no column 'protocol'");
        }
    }
    static void on_packet(const plugin::Packet& /*packet*/, plugin::Flow& /*flow*/) {}
};

TEST(PluginPacket, GivesTheBytesOfEachLayer) {
    test::Bytes padded = datagram();
    padded.insert(padded.end(), {9, 9, 9});
    flowgauge_packet raw = test::plugin_packet(datagram());
    raw.ip_packet = padded.data();
    raw.ip_packet_size += 3;
    const plugin::Packet packet(raw);
    EXPECT_EQ(packet.ip_packet().size(), 36U);
    EXPECT_EQ(packet.transport().size(), 13U);
    EXPECT_EQ(packet.payload().text(), "hello");
    EXPECT_EQ(packet.src_ip().text(), "192.0.2.1");
    EXPECT_EQ(packet.dst_port(), 2);

    raw.ip_packet_size = 30;  // captured in part
    EXPECT_EQ(packet.payload().text(), "he");
    raw.ip_packet_size = 20;
    EXPECT_TRUE(packet.payload().empty());
    raw.payload_size = 1000;  // against all sense
    EXPECT_TRUE(packet.payload().empty());
}

TEST(PluginBytes, AreZeroWhereTheyEnd) {
    const test::Bytes bytes = {1, 2, 3, 4, 5};
    const plugin::Bytes view(bytes.data(), bytes.size());
    EXPECT_EQ(view.u16(0), 0x0102);
    EXPECT_EQ(view.u32(1), 0x02030405U);
    EXPECT_EQ(view.u32(3), 0x04050000U);
    EXPECT_EQ(view.u8(5), 0);
    EXPECT_EQ(view.from(9).size(), 0U);
    EXPECT_EQ(view.from(3).first(9).size(), 2U);
}

TEST(PluginClass, RefusesToOpenWithTheMessageOfItsException) {
    EXPECT_EQ(PluginHost(*plugin::plugin_of<Throws>()).error(), "there is no column 'protocol'");
}

}  // namespace
}  // namespace flowgauge
