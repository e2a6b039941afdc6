#include "config/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace flowgauge {

std::string to_string(const Place& place) {
    if (place.line == 0) {
        return place.source;
    }
    return place.source + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

void Problems::visit(const std::string& source) {
    if (std::ranges::find(sources_, source) == sources_.end()) {
        sources_.push_back(source);
    }
}

void Problems::add(const Place& place, std::string_view key, std::string_view message) {
    if (problems_.size() >= kProblemsMax) {
        ++untold_;
        return;
    }
    visit(place.source);
    const auto found = std::ranges::find(sources_, place.source);
    const auto source = static_cast<std::size_t>(found - sources_.begin());
    std::string text = to_string(place) + ": ";
    if (!key.empty()) {
        text += std::string(key) + ": ";
    }
    text += message;
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' '
    );
    if (std::ranges::find(problems_, text, &Problem::text) == problems_.end()) {
        problems_.push_back({.source = source, .place = place, .text = std::move(text)});
    }
}

Error Problems::error() const {
    std::vector<Problem> sorted = problems_;
    std::ranges::stable_sort(sorted, {}, [](const Problem& problem) {
        return std::tuple(problem.source, problem.place.line, problem.place.column);
    });
    std::string message;
    for (const Problem& problem : sorted) {
        message += (message.empty() ? "" : "\n") + problem.text;
    }
    if (untold_ > 0) {
        message += "\nand " + std::to_string(untold_) + " more";
    }
    return {ErrorKind::kUsage, std::move(message)};
}

}  // namespace flowgauge
