// FragmentStore: the bounded memory of the reassembler. Datagrams, their pieces and their bytes
// come from pools that are taken once; nothing here knows a rule of IP.
#pragma once

#include "core/base/time.h"
#include "core/packet/packet.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace flowgauge {

constexpr std::uint32_t kNoIndex = 0xffffffff;

// Fragments belong together when all of this is equal (RFC 791 section 3.2; RFC 8200 section 4.5
// leaves the protocol out, so it is 0 for IPv6). Tag, tunnel, depth and
// observation point keep separate networks apart.
struct DatagramKey {
    IpAddress source;
    IpAddress destination;
    std::uint32_t id = 0;
    std::uint16_t vlan_id = 0;
    std::uint8_t protocol = 0;
    std::uint8_t ip_version = 0;
    std::uint8_t tunnel_id = 0;
    std::uint8_t encapsulations = 0;
    std::uint8_t observation_point = 0;

    friend bool operator==(const DatagramKey&, const DatagramKey&) = default;
};

// One fragment: its place in the datagram's payload and the chunks that hold its captured bytes.
// The first fragment keeps its IP header in front of its payload.
struct FragmentPiece {
    std::uint64_t position = 0;     // of its frame in the input
    std::uint32_t next = kNoIndex;  // by rising offset
    std::uint32_t first_chunk = kNoIndex;
    std::uint32_t stored = 0;    // bytes in the chunks
    std::uint32_t offset = 0;    // of the payload
    std::uint32_t length = 0;    // of the payload, by the IP header
    std::uint32_t captured = 0;  // of the payload, at most `length`
    bool more = false;           // more fragments follow
};

struct FragmentedDatagram {
    DatagramKey key;
    CaptureTime first_time;
    std::uint32_t hash_next = kNoIndex;
    std::uint32_t older = kNoIndex;
    std::uint32_t newer = kNoIndex;
    std::uint32_t first_piece = kNoIndex;
    std::uint32_t last_piece = kNoIndex;
    std::uint32_t newest_piece = kNoIndex;  // the one that came last
    std::uint32_t frames = 0;               // held
    std::uint32_t payload_bytes = 0;        // of all pieces
    std::uint32_t total_bytes = 0;          // of the payload; 0 until the last fragment is here
    std::uint32_t frame_bytes = 0;
    bool poisoned = false;  // contradicted itself; kept to refuse what is still to come
    bool has_first = false;
    std::uint32_t header_bytes = 0;  // of the first fragment's IP header as rebuilt
    std::uint32_t next_header_offset = 0;
    std::uint8_t next_header = 0;
    Packet packet;  // link fields of the first fragment
};

// Thread: one. Errors: kNoIndex when a pool is empty.
class FragmentStore {
public:
    explicit FragmentStore(std::size_t memory_bytes);

    [[nodiscard]] FragmentedDatagram& datagram(std::uint32_t index) noexcept {
        return datagrams_[index];
    }
    [[nodiscard]] FragmentPiece& piece(std::uint32_t index) noexcept { return pieces_[index]; }

    [[nodiscard]] std::uint32_t find(const DatagramKey& key) const noexcept;
    [[nodiscard]] std::uint32_t create(const DatagramKey& key, CaptureTime time) noexcept;

    // Frees a datagram with all its pieces.
    void release(std::uint32_t index) noexcept;
    void release_pieces(FragmentedDatagram& datagram) noexcept;

    // Copies `header` and `payload` into a new piece.
    [[nodiscard]] std::uint32_t create_piece(
        std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload
    ) noexcept;
    void release_piece(std::uint32_t index) noexcept;

    // Copies what the piece holds to `out`, or compares it with `bytes` behind its first `skip`.
    void copy_out(const FragmentPiece& piece, std::uint8_t* out) const noexcept;
    [[nodiscard]] bool ends_with(
        const FragmentPiece& piece, std::uint32_t skip, std::span<const std::uint8_t> bytes
    ) const noexcept;

    // The datagram of that IP version that was begun first, or kNoIndex.
    [[nodiscard]] std::uint32_t oldest(std::uint8_t ip_version) const noexcept {
        return ages_[ip_version == 6 ? 1 : 0].oldest;
    }

private:
    static constexpr std::size_t kChunkBytes = 512;
    struct AgeList {
        std::uint32_t oldest = kNoIndex;
        std::uint32_t newest = kNoIndex;
    };

    [[nodiscard]] std::size_t bucket_of(const DatagramKey& key) const noexcept;
    [[nodiscard]] AgeList& ages_of(const FragmentedDatagram& datagram) noexcept {
        return ages_[datagram.key.ip_version == 6 ? 1 : 0];
    }
    void append(std::span<const std::uint8_t> bytes, FragmentPiece& piece) noexcept;
    void unlink(std::uint32_t index) noexcept;

    std::uint64_t seed_;
    std::size_t chunk_count_;
    std::unique_ptr<std::uint8_t[]> chunk_bytes_;
    std::vector<std::uint32_t> chunk_next_;
    std::vector<FragmentPiece> pieces_;
    std::vector<FragmentedDatagram> datagrams_;
    std::vector<std::uint32_t> buckets_;
    std::uint32_t free_chunk_ = 0;
    std::size_t free_chunks_;
    std::uint32_t free_piece_ = 0;
    std::uint32_t free_datagram_ = 0;
    std::array<AgeList, 2> ages_;          // IPv4, IPv6
    std::uint32_t tail_chunk_ = kNoIndex;  // of the piece that append() fills
};

}  // namespace flowgauge
