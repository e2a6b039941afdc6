// Writes what the columns of an extension say as the values of their elements.
#pragma once

#include "export/ipfix/extension_element.h"
#include "export/ipfix/sequence_list.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace flowgauge {

// Each writes at `at` and returns what follows. A value of another type than the column's is taken
// for none. Numbers: 8 bytes each. Texts: at most wire_text_bytes(bytes_max) each.
[[nodiscard]] std::uint8_t* write_extension_numbers(
    std::span<const IpfixExtensionElement> elements, const RecordView& view, std::uint8_t* at
);
[[nodiscard]] std::uint8_t* write_extension_texts(
    std::span<const IpfixExtensionElement> elements,
    const RecordView& view,
    std::uint8_t* at,
    std::size_t bytes_max
);

// What the lists take without their entries, at most.
[[nodiscard]] std::size_t empty_lists_bytes(std::span<const IpfixExtensionElement> elements
) noexcept;

// Lists in their order get the room that those before have left; texts in them are cut as others.
// Requires: `room` bytes at `at`, at least empty_lists_bytes().
[[nodiscard]] WrittenLists write_extension_lists(
    std::span<const IpfixExtensionElement> elements,
    const RecordView& view,
    std::span<std::uint8_t> room,
    std::size_t text_bytes_max
);

}  // namespace flowgauge
