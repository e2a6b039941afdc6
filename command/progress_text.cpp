#include "command/progress_text.h"

#include "export/terminal/quantity_text.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

struct Piece {
    std::string text;
    int rank;  // the highest is left out first
};

std::uint64_t whole(double value) noexcept {
    return static_cast<std::uint64_t>(std::llround(value));
}

std::string bytes_piece(std::uint64_t bytes, std::optional<std::uint64_t> total) {
    return total ? bytes_in_unit_of(bytes, *total) + " of " + bytes_text(*total)
                 : bytes_text(bytes);
}

std::string packets_piece(const WalkPoint& point, const ProgressRate& rate) {
    return short_count(point.packets) + " pkts " + short_count(whole(rate.packets_per_second())) +
           "/s";
}

// Nothing while the reading stands still: it could take for ever.
std::string time_left_piece(std::uint64_t bytes, std::uint64_t total, double rate) {
    constexpr double kSecondsMax = 1e9;
    const double seconds = rate > 0 ? static_cast<double>(total - bytes) / rate : kSecondsMax;
    if (seconds >= kSecondsMax) {
        return "";
    }
    // Whole seconds: more would only flicker.
    return duration_text(static_cast<Tick>(std::ceil(seconds)) * 1000, TimeUnit::kMilliseconds) +
           " left";
}

std::vector<Piece> pieces_of(
    const WalkPoint& point, const ProgressRate& rate, std::optional<std::uint64_t> total
) {
    std::vector<Piece> pieces;
    const auto add = [&pieces](std::string text, int rank) {
        if (!text.empty()) {
            pieces.push_back({.text = std::move(text), .rank = rank});
        }
    };
    if (total && *total > 0) {
        const double share = static_cast<double>(point.bytes) / static_cast<double>(*total);
        add(std::to_string(static_cast<int>(100 * share)) + "%", 0);
    }
    add(bytes_piece(point.bytes, total), 2);
    add(bytes_text(whole(rate.bytes_per_second())) + "/s", 3);
    add(packets_piece(point, rate), 4);
    if (point.flows > 0) {
        add(short_count(point.flows) + (point.flows == 1 ? " flow" : " flows"), 5);
    }
    if (total) {
        add(time_left_piece(point.bytes, *total, rate.bytes_per_second()), 1);
    }
    return pieces;
}

std::string joined(const std::vector<Piece>& pieces) {
    std::string line;
    for (const Piece& piece : pieces) {
        line += (line.empty() ? "" : "  ") + piece.text;
    }
    return line;
}

}  // namespace

void ProgressRate::add(double seconds, const WalkPoint& point) noexcept {
    const double passed = seconds - seconds_;
    if (passed <= 0) {
        return;
    }
    // Weight of the newest stretch; the first one stands for itself.
    constexpr double kMemorySeconds = 3;
    const double weight = seconds_ == 0 ? 1 : 1 - std::exp(-passed / kMemorySeconds);
    const auto follow = [weight, passed](double& rate, std::uint64_t from, std::uint64_t to) {
        rate += weight * (static_cast<double>(to - from) / passed - rate);
    };
    follow(bytes_per_second_, last_.bytes, point.bytes);
    follow(packets_per_second_, last_.packets, point.packets);
    seconds_ = seconds;
    last_ = point;
}

std::string progress_text(
    const WalkPoint& point,
    const ProgressRate& rate,
    std::optional<std::uint64_t> total_bytes,
    std::size_t columns
) {
    WalkPoint shown = point;
    if (total_bytes) {
        shown.bytes = std::min(shown.bytes, *total_bytes);  // a file that grows while it is read
    }
    std::vector<Piece> pieces = pieces_of(shown, rate, total_bytes);
    std::string line = joined(pieces);
    while (line.size() > columns && !pieces.empty()) {
        pieces.erase(std::ranges::max_element(pieces, {}, &Piece::rank));
        line = joined(pieces);
    }
    return line;
}

}  // namespace flowgauge
