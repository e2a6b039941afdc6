// Cell: the value that an extension gives a column, for one flow.
#pragma once

#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace flowgauge {

// Memory of the texts and lists of one worker's cells. Thread: the worker's.
class CellMemory {
public:
    // All texts and lists together; past it values are left out and counted.
    static constexpr std::uint64_t kBytesMax = std::uint64_t{256} << 20;

    explicit CellMemory(std::uint64_t bytes_max = kBytesMax) noexcept : bytes_max_(bytes_max) {}

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t values_left_out() const noexcept { return values_left_out_; }
    [[nodiscard]] std::uint64_t values_cut() const noexcept { return values_cut_; }

private:
    friend class Cell;

    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
    std::uint64_t values_left_out_ = 0;
    std::uint64_t values_cut_ = 0;
};

// Absent until it is set. Lies in the cold bytes of a flow: whoever sets text or a list clears the
// cell before these go. Thread: the shard's worker; sinks read what is final.
class Cell {
public:
    // Longer text is cut there, at the end of a character; longer lists after that many entries.
    static constexpr std::size_t kTextMax = 65'535;  // bytes
    static constexpr std::size_t kEntriesMax = 65'535;

    [[nodiscard]] bool is_absent() const noexcept { return kind_ == Kind::kAbsent; }

    // Each takes the place of what was there. Texts and lists are copied. What is no UTF-8 stays as
    // it is: sinks mend it, as all text from the wire.
    void set_unsigned(std::uint64_t value, CellMemory& memory) noexcept;
    void set_integer(std::int64_t value, CellMemory& memory) noexcept;
    void set_real(double value, CellMemory& memory) noexcept;
    void set_text(std::string_view value, CellMemory& memory);
    void set_list(std::span<const std::int64_t> values, CellMemory& memory);
    void set_texts(std::span<const std::string_view> values, CellMemory& memory);
    void clear(CellMemory& memory) noexcept;

    // Requires: what was set last was of that kind.
    [[nodiscard]] std::uint64_t unsigned_value() const noexcept { return value_.unsigned_number; }
    [[nodiscard]] std::int64_t integer() const noexcept { return value_.number; }
    [[nodiscard]] double real() const noexcept { return value_.real_number; }
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(value_.memory), bytes_};
    }

    // Says the value, absent() where there is none.
    void put(ValueSink& out) const;

private:
    enum class Kind : std::uint8_t { kAbsent, kUnsigned, kInteger, kReal, kText, kList, kTexts };

    [[nodiscard]] static std::size_t cut_at(
        std::string_view text, std::size_t most, CellMemory& memory
    ) noexcept;
    void put_texts(ValueSink& out) const;
    [[nodiscard]] std::byte* reserve(std::size_t bytes, Kind kind, CellMemory& memory);

    union Value {
        std::uint64_t unsigned_number;
        std::int64_t number;
        double real_number;
        std::byte* memory;  // owned; begins as text, with the lengths of each text, or as numbers
    } value_{.unsigned_number = 0};
    std::uint32_t bytes_ = 0;    // of the memory
    std::uint16_t entries_ = 0;  // of a list
    Kind kind_ = Kind::kAbsent;
};
static_assert(sizeof(Cell) == 16, "every flow in the table pays for each column");

}  // namespace flowgauge
