// The stationary wavelet transform with the Haar wavelet, periodic at its ends.
#pragma once

#include <cstddef>
#include <vector>

namespace flowgauge::plugins {

// One level more: of the approximation of level `level` (0: the signal) come that of the next
// level, in its place, and the detail. Source: Nason and Silverman, The stationary wavelet
// transform and some statistical applications, 1995; filters (1, 1) and (1, -1) over the root of 2.
// Requires: approximation.size() is a power of two above 2^level.
void haar_step(std::vector<double>& approximation, std::vector<double>& detail, std::size_t level);

}  // namespace flowgauge::plugins
