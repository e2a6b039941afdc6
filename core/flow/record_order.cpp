#include "core/flow/record_order.h"

#include <algorithm>

namespace flowgauge {

void RecordOrder::sort() {
    if (waiting_.size() > 1) {
        std::sort(waiting_.begin(), waiting_.end(), written_before);
    }
    next_sequence_ = 0;
}

}  // namespace flowgauge
