#include "export/ipfix/sequence_list.h"

#include "export/ipfix/wire.h"

#include <algorithm>

namespace flowgauge {
namespace {

constexpr std::size_t kLengthBytes = 3;
constexpr std::uint8_t kOrdered = 4;  // RFC 6313 section 4.4

// Semantic, field specifier.
std::size_t list_header_bytes(const IpfixField& element) noexcept {
    return element.enterprise == 0 ? 5 : 9;
}

template <std::size_t Bytes, typename Entry>
std::uint8_t* write_entries(std::uint8_t* at, std::size_t count, Entry entry) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        store_wire<Bytes>(at, static_cast<std::uint64_t>(entry(i)));
        at += Bytes;
    }
    return at;
}

// The width of each is that of its element in the table.
std::uint8_t* write_entries(
    IpfixList list, const RecordView& view, std::uint8_t* at, std::size_t count
) noexcept {
    const EarlySequence sequence = view.sequence();
    Tick time = view.flow().first() + view.record.clock_shift;
    const Tick per_millisecond = ticks_per_second(view.context.time_unit) / 1000;
    switch (list) {
    case IpfixList::kDirections:
        return write_entries<1>(at, count, [&](std::size_t i) { return sequence.direction(i); });
    case IpfixList::kSignedDirections:
        return write_entries<1>(at, count, [&](std::size_t i) {
            return sequence.direction(i) == Direction::kSrc2Dst ? 1 : -1;
        });
    case IpfixList::kSizes:
        return write_entries<4>(at, count, [&](std::size_t i) { return sequence.bytes(i); });
    case IpfixList::kShortSizes:
        return write_entries<2>(at, count, [&](std::size_t i) {
            return std::min<std::uint32_t>(sequence.bytes(i), UINT16_MAX);
        });
    case IpfixList::kGaps:
        return write_entries<8>(at, count, [&](std::size_t i) { return sequence.gap(i); });
    case IpfixList::kTimes:
        return write_entries<8>(at, count, [&](std::size_t i) {
            time += sequence.gap(i);
            return time / per_millisecond;
        });
    case IpfixList::kNone:
        break;
    }
    return at;
}

}  // namespace

std::size_t empty_list_bytes(const IpfixField& element) noexcept {
    return kLengthBytes + list_header_bytes(element);
}

std::uint8_t* write_list_head(
    std::uint8_t* at, const IpfixField& element, std::size_t bytes
) noexcept {
    constexpr std::uint16_t kEnterpriseBit = 0x8000;
    const bool ours = element.enterprise != 0;
    at = write_length(at, list_header_bytes(element) + bytes);
    *at++ = kOrdered;
    store_wire<2>(at, ours ? element.id | kEnterpriseBit : element.id);
    store_wire<2>(at + 2, element.length);
    at += 4;
    if (ours) {
        store_wire<4>(at, element.enterprise);
        at += 4;
    }
    return at;
}

std::size_t empty_lists_bytes(std::span<const IpfixSequence> sequences) noexcept {
    std::size_t bytes = 0;
    for (const IpfixSequence& sequence : sequences) {
        bytes += empty_list_bytes(sequence.element);
    }
    return bytes;
}

WrittenLists write_lists(
    std::span<const IpfixSequence> sequences,
    const RecordView& view,
    std::uint8_t* at,
    std::size_t room
) noexcept {
    const EarlySequence sequence = view.sequence();
    std::size_t packet_bytes = 0;  // of a packet in all lists
    for (const IpfixSequence& list : sequences) {
        packet_bytes += list.element.length;
    }
    const std::size_t left = room - empty_lists_bytes(sequences);
    const std::size_t fitting = packet_bytes == 0 ? 0 : left / packet_bytes;
    const std::size_t count = std::min<std::size_t>(sequence.count(), fitting);
    for (const IpfixSequence& list : sequences) {
        at = write_list_head(at, list.element, count * list.element.length);
        at = write_entries(list.list, view, at, count);
    }
    return {.end = at, .shortened = count < sequence.count()};
}

}  // namespace flowgauge
