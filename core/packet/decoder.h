// Decoder: climbs from a frame to a Packet, one function a rung.
#pragma once

#include "core/packet/decode_options.h"
#include "core/packet/frame.h"
#include "core/packet/layer.h"
#include "core/packet/network_layer.h"
#include "core/packet/packet.h"
#include "core/packet/rejection.h"

#include <cstdint>
#include <optional>

namespace flowgauge {

enum class DecodeStep : std::uint8_t {
    kPacket,    // the Packet is complete
    kFragment,  // addresses, times and link fields are set; the Fragment says which piece it is
    kRejected,
};

struct DecodeResult {
    DecodeStep step = DecodeStep::kRejected;
    Rejection reason = Rejection::kNone;
};

// One piece of a datagram: its header, and the captured bytes from that header on in Packet::ip.
struct Fragment {
    IpHeader header;
};

// Stateless. Thread: any. Cost: no allocation, no lock.
class Decoder {
public:
    explicit Decoder(const DecodeOptions& options) noexcept : options_(options) {}

    // Decodes `frame` from its link header on.
    [[nodiscard]] DecodeResult decode(const Frame& frame, Packet& packet, Fragment& fragment)
        const noexcept;

    // Goes on from a reassembled datagram: `packet` carries link fields and times, `layer` stands
    // at its IP header, which no longer is a fragment.
    [[nodiscard]] DecodeResult decode_datagram(Layer layer, Packet& packet, Fragment& fragment)
        const noexcept;

private:
    [[nodiscard]] DecodeResult climb(
        Layer& layer, Packet& packet, Fragment& fragment, FragmentPolicy fragments
    ) const noexcept;
    [[nodiscard]] std::optional<DecodeResult> open_network(
        Layer& layer, Packet& packet, Fragment& fragment, FragmentPolicy fragments
    ) const noexcept;
    [[nodiscard]] std::optional<DecodeResult> open_transport(
        Layer& layer, Packet& packet, const IpHeader& ip
    ) const noexcept;

    DecodeOptions options_;
};

}  // namespace flowgauge
