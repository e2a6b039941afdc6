#include "core/base/hash.h"

#include <sys/random.h>

namespace flowgauge {

std::uint64_t random_seed() noexcept {
    std::uint64_t seed = 0;
    while (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {}
    return seed;
}

}  // namespace flowgauge
