// ja4: the fingerprints of client and server of TLS over TCP, as NFStream's JA4. Only of flows that
// begin with a SYN, so that the first bytes of both directions are known.
#include "plugins/builtin_plugins.h"
#include "plugins/ja4_text.h"
#include "plugins/tls_hello.h"

#include <cstddef>
#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge::plugins {
namespace {

using plugin::Bytes;

constexpr std::uint8_t kTcp = 6;
constexpr std::size_t kSequenceNumber = 4;  // in the TCP header
constexpr unsigned kSegmentsMax = 32;       // of a hello

class Ja4 {
public:
    static constexpr const char* kName = "ja4";

    explicit Ja4(plugin::Setup& setup)
        : ipv6_(setup.optional<bool>("ipv6", false)),
          ja4_(setup.column<plugin::Text>("ja4", "JA4 fingerprint of the client")),
          ja4s_(setup.column<plugin::Text>("ja4s", "JA4S fingerprint of the server")) {}

    enum class Stage : std::uint8_t {
        kOver,
        kSynAck,  // each: what comes next
        kAck,
        kClientHello,
        kServerHello,
    };

    // The segments of a hello that is longer than one.
    struct Stream {
        std::vector<std::uint8_t> bytes;
        std::uint32_t next = 0;  // sequence number
        unsigned segments = 0;
    };

    struct State {
        Stage stage = Stage::kOver;
        std::unique_ptr<Stream> stream;
    };

    void on_init(const plugin::Packet& packet, plugin::Flow& flow, State& state) const noexcept {
        if (flow.protocol() == kTcp && (ipv6_ || flow.ip_version() == 4) && packet.syn() &&
            !packet.ack()) {
            state.stage = Stage::kSynAck;
        }
    }

    void on_update(const plugin::Packet& packet, plugin::Flow& flow, State& state) {
        switch (state.stage) {
        case Stage::kOver:
            return;
        case Stage::kServerHello:
            if (packet.direction() == 1) {
                take_server_hello(packet, flow, state);
            }
            return;
        default:
            take_client_hello(packet, flow, state);
        }
    }

private:
    void take_client_hello(const plugin::Packet& packet, plugin::Flow& flow, State& state) {
        // What the server sends between the segments of a hello says nothing of it.
        if (packet.direction() == 1 && state.stream != nullptr) {
            return;
        }
        const HelloSearch found = packet.direction() == 0
                                      ? search(packet, HelloType::kClient, state)
                                      : HelloSearch::kNone;
        if (found == HelloSearch::kFound) {
            flow.set(ja4_, ja4_of(hello_));
            state.stage = Stage::kServerHello;
        } else if (found == HelloSearch::kNone && state.stage == Stage::kClientHello) {
            state.stage = Stage::kOver;
        } else if (found == HelloSearch::kNone) {
            follow_handshake(packet, state);
        }
    }

    // A hello may come with the last packet of TCP's handshake or before, not after another one.
    static void follow_handshake(const plugin::Packet& packet, State& state) noexcept {
        if (state.stage == Stage::kSynAck && packet.syn() && packet.ack()) {
            state.stage = Stage::kAck;
        } else if (state.stage == Stage::kAck && !packet.syn() && packet.ack()) {
            state.stage = Stage::kClientHello;
        }
    }

    void take_server_hello(const plugin::Packet& packet, plugin::Flow& flow, State& state) {
        const HelloSearch found = search(packet, HelloType::kServer, state);
        if (found == HelloSearch::kFound) {
            flow.set(ja4s_, ja4s_of(hello_));
            state.stage = Stage::kOver;
        }
    }

    // Looks into the packet, or into the segments so far and this. Leaves the stream behind where
    // more is wanted.
    HelloSearch search(const plugin::Packet& packet, HelloType type, State& state) {
        const Bytes payload = packet.payload();
        if (state.stream == nullptr) {
            const HelloSearch found = find_hello(payload, type, records_, hello_);
            const bool waits = found == HelloSearch::kPart && !payload.empty() &&
                               payload.size() == packet.payload_size();
            if (!waits) {
                return found == HelloSearch::kPart ? HelloSearch::kNone : found;
            }
            state.stream = std::make_unique<Stream>();
            state.stream->next = packet.transport().u32(kSequenceNumber);
        }
        Stream& stream = *state.stream;
        const bool follows = packet.transport().u32(kSequenceNumber) == stream.next;
        if (payload.empty() || !follows) {  // an acknowledgement, or sent again
            return ++stream.segments < kSegmentsMax ? HelloSearch::kPart : end_of(state);
        }
        if (payload.size() != packet.payload_size() || ++stream.segments > kSegmentsMax ||
            stream.bytes.size() > kHelloBytesMax) {
            return end_of(state);
        }
        stream.bytes.insert(stream.bytes.end(), payload.begin(), payload.end());
        stream.next += packet.payload_size();
        const HelloSearch found =
            find_hello({stream.bytes.data(), stream.bytes.size()}, type, records_, hello_);
        if (found != HelloSearch::kPart) {
            state.stream.reset();
        }
        return found;
    }

    static HelloSearch end_of(State& state) noexcept {
        state.stream.reset();
        return HelloSearch::kNone;
    }

    bool ipv6_;
    plugin::Column<plugin::Text> ja4_;
    plugin::Column<plugin::Text> ja4s_;

    // Of the packet.
    std::vector<std::uint8_t> records_;
    TlsHello hello_;
};

}  // namespace

const flowgauge_plugin* ja4() noexcept {
    return plugin::plugin_of<Ja4>();
}

}  // namespace flowgauge::plugins
