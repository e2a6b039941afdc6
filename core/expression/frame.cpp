#include "core/expression/frame.h"

namespace flowgauge {

void ColumnCapture::mac(const MacAddress& value, std::size_t bytes) {
    mac_ = {.bits = 0, .bytes = static_cast<std::uint8_t>(bytes)};
    for (std::size_t i = 0; i < bytes; ++i) {
        mac_.bits |= std::uint64_t{value[i]} << (40 - 8 * i);
    }
}

// All bytes first: they move while they grow.
void ColumnCapture::texts(std::span<const std::string_view> values) {
    texts_memory_.clear();
    for (const std::string_view value : values) {
        texts_memory_ += value;
    }
    texts_.clear();
    std::size_t at = 0;
    for (const std::string_view value : values) {
        texts_.emplace_back(std::string_view(texts_memory_).substr(at, value.size()));
        at += value.size();
    }
}

void ColumnCapture::absent() {
    is_absent_ = true;
    integer_ = 0;
    real_ = 0;
    text_.clear();
    list_.clear();
    texts_.clear();
}

EvaluationFrame::EvaluationFrame(
    std::span<const Column* const> columns, std::size_t text_buffers, std::size_t aggregates
)
    : slots_(columns.size()),
      aggregates_(aggregates),
      texts_(text_buffers) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        slots_[i].column = columns[i];
    }
}

}  // namespace flowgauge
