#include "export/network/datagram_batch.h"

#include <algorithm>

namespace flowgauge {

void DatagramBatch::add(std::string_view message) {
    messages_.push_back({.begin = bytes_.size(), .size = message.size()});
    bytes_.append(message);
}

std::string_view DatagramBatch::message(std::size_t i) const noexcept {
    const Message& which = messages_[next_ + i];
    return std::string_view(bytes_).substr(which.begin, which.size);
}

void DatagramBatch::lost(RecordLoss loss) noexcept {
    const auto unit = std::find_if(units_.begin(), units_.end(), [this](const Unit& one) {
        return one.end > next_;
    });
    if (unit != units_.end()) {
        unit->loss = loss;
    }
    ++next_;
}

std::size_t DatagramBatch::decided_units() const noexcept {
    const auto open = std::find_if(units_.begin(), units_.end(), [this](const Unit& one) {
        return one.end > next_;
    });
    return static_cast<std::size_t>(open - units_.begin());
}

void DatagramBatch::clear() noexcept {
    bytes_.clear();
    messages_.clear();
    units_.clear();
    next_ = 0;
}

}  // namespace flowgauge
