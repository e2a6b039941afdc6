#include "tests/support/tunnel_builder.h"

namespace flowgauge::test {
namespace {

constexpr std::uint16_t kTypeErspan = 0x88be;
constexpr std::uint16_t kTypeErspanThree = 0x22eb;
constexpr std::uint16_t kSequence = 0x1000;

Bytes be32(std::uint32_t value) {
    return joined({be16(value >> 16), be16(value)});
}

}  // namespace

Bytes vxlan(BytesView frame, std::uint32_t first_word, std::uint8_t reserved) {
    return joined({be32(first_word), Bytes{0, 0x10, 0x20, reserved}, frame});
}

Bytes vxlan_gpe(std::uint8_t next_protocol, BytesView inner, std::uint8_t flags) {
    return joined({Bytes{flags, 0, 0, next_protocol, 0, 0x10, 0x20, 0}, inner});
}

Bytes geneve(const GeneveHeader& header, BytesView inner) {
    const auto first = static_cast<std::uint8_t>(header.version * 64U + header.option_words);
    return joined(
        {Bytes{first, header.flags},
         be16(header.type),
         Bytes{0, 0x10, 0x20, header.reserved},
         pattern(header.option_words * 4),
         inner}
    );
}

Bytes teredo_authentication(std::size_t client_bytes, std::size_t value_bytes) {
    const auto client = static_cast<std::uint8_t>(client_bytes);
    const auto value = static_cast<std::uint8_t>(value_bytes);
    return joined({Bytes{0, 1, client, value}, pattern(client_bytes + value_bytes + 8), Bytes{0}});
}

Bytes teredo_origin() {
    return {0, 0, 0x12, 0x34, 1, 2, 3, 4};
}

Bytes l2tp(const L2tpHeader& header, BytesView ppp_frame) {
    const bool has_length = (header.flags & 0x4000) != 0;
    const Bytes sequence((header.flags & 0x0800) != 0 ? 4 : 0);
    const bool has_offset = (header.flags & 0x0200) != 0;
    const Bytes offset = has_offset ? joined({be16(header.offset), Bytes(header.offset)}) : Bytes();
    const Bytes ids = joined({be16(header.tunnel), be16(header.session)});
    const std::size_t length = 8 + sequence.size() + offset.size() + ppp_frame.size();
    return joined(
        {be16(header.flags), has_length ? be16(length) : Bytes(), ids, sequence, offset, ppp_frame}
    );
}

Bytes gre(std::uint16_t type, BytesView inner, std::uint16_t flags) {
    std::size_t words = 0;
    for (const unsigned present : {0x8000U, 0x2000U, 0x1000U}) {
        words += (flags & present) != 0 ? 1 : 0;
    }
    return joined({be16(flags), be16(type), pattern(words * 4, 0x51), inner});
}

Bytes erspan_one(BytesView frame) {
    return gre(kTypeErspan, frame);
}

Bytes erspan_two(BytesView frame) {
    return gre(kTypeErspan, joined({Bytes{0x10, 5, 0x18, 1, 0, 0, 0, 9}, frame}), kSequence);
}

Bytes erspan_three(BytesView frame, bool platform_header, std::uint8_t frame_type) {
    const unsigned last = frame_type * 1024U + (platform_header ? 1U : 0U);
    const Bytes platform(platform_header ? 8 : 0, 0x33);
    return gre(
        kTypeErspanThree,
        joined({Bytes{0x20, 5, 0, 1, 1, 2, 3, 4, 0, 0}, be16(last), platform, frame}),
        kSequence
    );
}

Bytes pptp(BytesView ppp_frame, std::uint8_t flags) {
    const Bytes acknowledgement((flags & 0x80) != 0 ? 4 : 0);
    return joined(
        {Bytes{0x30, static_cast<std::uint8_t>(flags | 1), 0x88, 0x0b},
         be16(ppp_frame.size()),
         Bytes{0, 9, 0, 0, 0, 1},
         acknowledgement,
         ppp_frame}
    );
}

}  // namespace flowgauge::test
