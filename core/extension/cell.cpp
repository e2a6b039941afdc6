#include "core/extension/cell.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

namespace flowgauge {

void Cell::set_unsigned(std::uint64_t value, CellMemory& memory) noexcept {
    clear(memory);
    value_.unsigned_number = value;
    kind_ = Kind::kUnsigned;
}

void Cell::set_integer(std::int64_t value, CellMemory& memory) noexcept {
    clear(memory);
    value_.number = value;
    kind_ = Kind::kInteger;
}

void Cell::set_real(double value, CellMemory& memory) noexcept {
    clear(memory);
    value_.real_number = value;
    kind_ = Kind::kReal;
}

void Cell::set_text(std::string_view value, CellMemory& memory) {
    const std::size_t bytes = cut_at(value, kTextMax, memory);
    if (std::byte* place = reserve(bytes, Kind::kText, memory); place != nullptr) {
        std::copy_n(value.data(), bytes, reinterpret_cast<char*>(place));
    }
}

void Cell::set_list(std::span<const std::int64_t> values, CellMemory& memory) {
    memory.values_cut_ += values.size() > kEntriesMax ? 1U : 0U;
    values = values.first(std::min(values.size(), kEntriesMax));
    if (std::byte* place = reserve(values.size_bytes(), Kind::kList, memory); place != nullptr) {
        std::ranges::copy(std::as_bytes(values), place);
        entries_ = static_cast<std::uint16_t>(values.size());
    }
}

// The lengths of all, then their bytes.
void Cell::set_texts(std::span<const std::string_view> values, CellMemory& memory) {
    std::size_t entries = 0;
    std::size_t bytes = 0;
    while (entries < std::min(values.size(), kEntriesMax) &&
           bytes + values[entries].size() <= kTextMax) {
        bytes += values[entries++].size();
    }
    memory.values_cut_ += entries < values.size() ? 1U : 0U;
    const std::size_t lengths = entries * sizeof(std::uint16_t);
    std::byte* place = reserve(lengths + bytes, Kind::kTexts, memory);
    if (place == nullptr) {
        return;
    }
    entries_ = static_cast<std::uint16_t>(entries);
    std::byte* text = place + lengths;
    for (std::size_t i = 0; i < entries; ++i) {
        const auto length = static_cast<std::uint16_t>(values[i].size());
        std::memcpy(place + i * sizeof length, &length, sizeof length);
        text = std::ranges::copy(std::as_bytes(std::span(values[i])), text).out;
    }
}

void Cell::clear(CellMemory& memory) noexcept {
    if (kind_ >= Kind::kText) {
        memory.bytes_ -= bytes_;
        delete[] value_.memory;
    }
    *this = Cell();
}

void Cell::put(ValueSink& out) const {
    switch (kind_) {
    case Kind::kAbsent:
        return out.absent();
    case Kind::kUnsigned:
        return out.unsigned_integer(value_.unsigned_number);
    case Kind::kInteger:
        return out.integer(value_.number);
    case Kind::kReal:
        return out.real(value_.real_number);
    case Kind::kText:
        return out.text({reinterpret_cast<const char*>(value_.memory), bytes_});
    case Kind::kList:
        return out.list({reinterpret_cast<const std::int64_t*>(value_.memory), entries_});
    case Kind::kTexts:
        return put_texts(out);
    }
}

void Cell::put_texts(ValueSink& out) const {
    thread_local std::vector<std::string_view> values;  // used again for each list of a thread
    values.clear();
    const auto* text =
        reinterpret_cast<const char*>(value_.memory) + entries_ * sizeof(std::uint16_t);
    for (std::size_t i = 0; i < entries_; ++i) {
        std::uint16_t length = 0;
        std::memcpy(&length, value_.memory + i * sizeof length, sizeof length);
        values.emplace_back(text, length);
        text += length;
    }
    out.texts(values);
}

// Bytes of the text that are kept. A character has three bytes behind its first; where there are
// more it is none, and is cut anywhere.
std::size_t Cell::cut_at(std::string_view text, std::size_t most, CellMemory& memory) noexcept {
    if (text.size() <= most) {
        return text.size();
    }
    ++memory.values_cut_;
    const auto goes_on = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
    };
    for (std::size_t end = most; end + 3 >= most; --end) {
        if (!goes_on(end)) {
            return end;
        }
    }
    return most;
}

// Memory for a value of that kind, which the cell then has; null, and the cell absent, where the
// worker has had enough.
std::byte* Cell::reserve(std::size_t bytes, Kind kind, CellMemory& memory) {
    clear(memory);
    std::byte* place = nullptr;
    if (memory.bytes_ + bytes <= memory.bytes_max_) {
        place = new (std::nothrow) std::byte[std::max<std::size_t>(bytes, 1)];
    }
    if (place == nullptr) {
        ++memory.values_left_out_;
        return nullptr;
    }
    memory.bytes_ += bytes;
    value_.memory = place;
    bytes_ = static_cast<std::uint32_t>(bytes);
    kind_ = kind;
    return place;
}

}  // namespace flowgauge
