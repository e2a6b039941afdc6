// Early sequences as basicLists (RFC 6313 section 4.5.1): semantic "ordered", one element a packet,
// without NFStream's padding.
#pragma once

#include "core/record/column.h"
#include "export/ipfix/record_template.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace flowgauge {

// What a list takes without its entries, at most.
[[nodiscard]] std::size_t empty_list_bytes(const IpfixField& element) noexcept;

// Writes all of a list but its entries, which take `bytes` and follow at what is returned.
[[nodiscard]] std::uint8_t* write_list_head(
    std::uint8_t* at, const IpfixField& element, std::size_t bytes
) noexcept;

// What the lists take without their elements, at most.
[[nodiscard]] std::size_t empty_lists_bytes(std::span<const IpfixSequence> sequences) noexcept;

struct WrittenLists {
    std::uint8_t* end = nullptr;
    bool shortened = false;  // not all packets of the sequences had room
};

// Writes all lists, each of the same first packets. Numbers have the length of their type:
// libfixbuf 2.4.1 misreads shorter ones in a list. Requires: `room` bytes at `at`, at least
// empty_lists_bytes().
[[nodiscard]] WrittenLists write_lists(
    std::span<const IpfixSequence> sequences,
    const RecordView& view,
    std::uint8_t* at,
    std::size_t room
) noexcept;

}  // namespace flowgauge
