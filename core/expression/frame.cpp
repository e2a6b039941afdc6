#include "core/expression/frame.h"

#include <limits>

namespace flowgauge {

void ColumnCapture::mac(const MacAddress& value, std::size_t bytes) {
    mac_ = {.bits = 0, .bytes = static_cast<std::uint8_t>(bytes)};
    for (std::size_t i = 0; i < bytes; ++i) {
        mac_.bits |= std::uint64_t{value[i]} << (40 - 8 * i);
    }
}

void ColumnCapture::texts(std::span<const std::string_view> values) {
    text_.clear();
    for (std::size_t i = 0; i < values.size(); ++i) {
        text_ += i == 0 ? "" : " ";
        text_ += values[i];
    }
}

void ColumnCapture::absent() {
    integer_ = 0;
    real_ = std::numeric_limits<double>::quiet_NaN();
    text_.clear();
    list_.clear();
}

EvaluationFrame::EvaluationFrame(std::span<const Column* const> columns, std::size_t text_buffers)
    : slots_(columns.size()),
      texts_(text_buffers) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        slots_[i].column = columns[i];
    }
}

}  // namespace flowgauge
