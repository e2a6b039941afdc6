#include "plugins/haar_wavelet.h"

#include <cmath>

namespace flowgauge::plugins {

void haar_step(std::vector<double>& approximation, std::vector<double>& detail, std::size_t level) {
    const std::size_t size = approximation.size();
    const std::size_t distance = std::size_t{1} << level;
    const double root = std::sqrt(0.5);
    detail.resize(size);
    std::vector<double> next(size);
    for (std::size_t i = 0; i < size; ++i) {
        const double first = approximation[i];
        const double second = approximation[(i + distance) % size];
        next[i] = (first + second) * root;
        detail[i] = (first - second) * root;
    }
    approximation.swap(next);
}

}  // namespace flowgauge::plugins
