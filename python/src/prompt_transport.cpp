#include "python/src/prompt_transport.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace flowgauge {

void PromptTransport::turn(SteadyTime /*now*/, std::vector<Delivery>& done) {
    std::size_t delivered = 0;
    while (delivered < blocks_.size() && deliver(blocks_[delivered])) {
        const std::uint64_t records = blocks_[delivered].records;
        done.push_back(
            {.block = std::move(blocks_[delivered]), .acknowledged = records, .dropped = {}}
        );
        ++delivered;
    }
    blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(delivered));
    if (!failure_) {
        look();
    }
}

void PromptTransport::take_back(std::vector<Block>& blocks) {
    for (Block& block : blocks_) {
        blocks.push_back(std::move(block));
    }
    blocks_.clear();
}

}  // namespace flowgauge
