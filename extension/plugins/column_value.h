// ColumnValue: what a column says, for a plugin that asks for one type of it.
#pragma once

#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// Thread: one worker's. Text is copied, and its memory used again.
class ColumnValue final : public SelectiveSink {
public:
    enum class Kind : std::uint8_t { kNone, kInteger, kReal, kText };

    void read(const Column& column, const RecordView& record) {
        kind_ = Kind::kNone;
        column.read(record, *this);
    }

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] std::int64_t integer() const noexcept { return integer_; }
    [[nodiscard]] double real() const noexcept { return real_; }  // of an integer too
    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    void unsigned_integer(std::uint64_t value) override {
        integer_ = static_cast<std::int64_t>(value);
        real_ = static_cast<double>(value);
        kind_ = Kind::kInteger;
    }
    void integer(std::int64_t value) override {
        integer_ = value;
        real_ = static_cast<double>(value);
        kind_ = Kind::kInteger;
    }
    void real(double value) override {
        real_ = value;
        kind_ = Kind::kReal;
    }
    void text(std::string_view value) override {
        text_.assign(value);
        kind_ = Kind::kText;
    }

private:
    Kind kind_ = Kind::kNone;
    std::int64_t integer_ = 0;
    double real_ = 0;
    std::string text_;
};

}  // namespace flowgauge
