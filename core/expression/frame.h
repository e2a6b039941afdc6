// EvaluationFrame: what the evaluation of one record needs and keeps, column by column.
#pragma once

#include "core/expression/value.h"
#include "core/record/column.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {

// Captures what a column says. Text and lists are copied, because a reader may give what lasts no
// longer than its call; their memory is used again for the next record.
class ColumnCapture final : public ValueSink {
public:
    // Before the next value.
    void begin() noexcept { is_absent_ = false; }

    [[nodiscard]] bool is_absent() const noexcept { return is_absent_; }

    void unsigned_integer(std::uint64_t value) override {
        integer_ = static_cast<Int128>(value);
        real_ = static_cast<double>(value);
    }
    void integer(std::int64_t value) override {
        integer_ = value;
        real_ = static_cast<double>(value);
    }
    void real(double value) override { real_ = value; }
    void text(std::string_view value) override { text_.assign(value); }
    void address(const IpAddress& value, std::uint8_t version) override {
        address_ = {.address = value, .version = version};
    }
    void mac(const MacAddress& value, std::size_t bytes) override;
    void texts(std::span<const std::string_view> values) override;
    void absent() override;
    void list(std::span<const std::int64_t> values) override {
        list_.assign(values.begin(), values.end());
    }

    // What no column has, and aggregates do.
    void wide_integer(Int128 value) noexcept {
        integer_ = value;
        real_ = static_cast<double>(value);
    }
    void address(const AddressValue& value) noexcept { address_ = value; }
    void mac(const MacValue& value) noexcept { mac_ = value; }

    // The value as the type of the column; of an absent one some value of that type.
    template <typename T>
    [[nodiscard]] T as() const noexcept;

private:
    Int128 integer_ = 0;
    double real_ = 0;
    AddressValue address_;
    MacValue mac_;
    std::string text_;
    std::vector<std::int64_t> list_;
    std::string texts_memory_;
    std::vector<std::string_view> texts_;
    bool is_absent_ = false;
};

template <>
inline bool ColumnCapture::as<bool>() const noexcept {
    return integer_ != 0;
}

template <>
inline Int128 ColumnCapture::as<Int128>() const noexcept {
    return integer_;
}
template <>
inline double ColumnCapture::as<double>() const noexcept {
    return real_;
}
template <>
inline std::string_view ColumnCapture::as<std::string_view>() const noexcept {
    return text_;
}
template <>
inline AddressValue ColumnCapture::as<AddressValue>() const noexcept {
    return address_;
}
template <>
inline MacValue ColumnCapture::as<MacValue>() const noexcept {
    return mac_;
}
template <>
inline ListValue ColumnCapture::as<ListValue>() const noexcept {
    return list_;
}
template <>
inline TextsValue ColumnCapture::as<TextsValue>() const noexcept {
    return texts_;
}

// Thread: one. A column is read when it is first asked for, once a record.
class EvaluationFrame {
public:
    EvaluationFrame(
        std::span<const Column* const> columns, std::size_t text_buffers, std::size_t aggregates = 0
    );

    // Requires: `record` lives until the next call.
    void begin(const RecordView& record) noexcept {
        record_ = &record;
        ++record_number_;
        is_absent_ = false;
    }

    [[nodiscard]] const ColumnCapture& column(std::size_t place) {
        Slot& slot = slots_[place];
        if (slot.record_number != record_number_) {
            slot.record_number = record_number_;
            slot.capture.begin();
            slot.column->read(*record_, slot.capture);
        }
        return slot.capture;
    }

    // The value of an aggregate over the packets of the flow, which its owner sets before records
    // are evaluated that depend on it.
    [[nodiscard]] ColumnCapture& aggregate(std::size_t place) noexcept {
        return aggregates_[place];
    }

    // Whether a value that was asked for is absent. A term that stands for an absent value notes
    // that and gives any value of its type.
    void note_absent() noexcept { is_absent_ = true; }
    [[nodiscard]] bool is_absent() const noexcept { return is_absent_; }
    [[nodiscard]] bool exchange_absent(bool now) noexcept { return std::exchange(is_absent_, now); }

    // Memory for a function that makes text; lasts until it is asked for the next record.
    [[nodiscard]] std::string& text_buffer(std::size_t place) noexcept { return texts_[place]; }

private:
    struct Slot {
        const Column* column = nullptr;
        std::uint64_t record_number = 0;
        ColumnCapture capture;
    };

    const RecordView* record_ = nullptr;
    std::uint64_t record_number_ = 0;
    bool is_absent_ = false;
    std::vector<Slot> slots_;
    std::vector<ColumnCapture> aggregates_;
    std::vector<std::string> texts_;
};

}  // namespace flowgauge
