// ModelNumbers: what a model has done, for metrics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

// All workers together, since the start. Each number only grows.
struct ModelNumbers {
    // Classes with a number of their own; those that come later share `others`.
    static constexpr std::size_t kClassesMax = 64;

    struct Class {
        std::string name;
        std::uint64_t predictions = 0;
    };

    std::string model;
    std::vector<Class> classes;      // a classifier's
    std::uint64_t others = 0;        // predictions of classes beyond
    std::uint64_t predictions = 0;   // all of them, also a regression's
    std::uint64_t absent = 0;        // flows without a prediction: an input was missing
    std::uint64_t replacements = 0;  // times that the model was replaced while it ran
};

}  // namespace flowgauge
