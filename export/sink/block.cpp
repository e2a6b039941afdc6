#include "export/sink/block.h"

#include "core/base/hash.h"

#include <cstring>
#include <utility>

namespace flowgauge {
namespace {

// Not secret, and the same in each run: what it marks outlives the process.
std::uint64_t fingerprint_of(std::string_view bytes) noexcept {
    std::uint64_t state = bytes.size();
    while (!bytes.empty()) {
        std::uint64_t word = 0;
        const std::size_t count = std::min(bytes.size(), sizeof(word));
        std::memcpy(&word, bytes.data(), count);
        state = hash_words(state, word, count);
        bytes.remove_prefix(count);
    }
    return state;
}

}  // namespace

std::shared_ptr<const Preamble> make_preamble(std::string bytes) {
    const std::uint64_t fingerprint = fingerprint_of(bytes);
    return std::make_shared<const Preamble>(Preamble{
        .bytes = std::move(bytes), .fingerprint = fingerprint});
}

}  // namespace flowgauge
