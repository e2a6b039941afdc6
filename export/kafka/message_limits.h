// MessageLimits: each kind of message at most once in a while, so that a broker that is away for a
// day does not fill the journal.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace flowgauge {

enum class KafkaMessageKind : std::uint8_t {
    kRefused,
    kTooLong,
    kTimedOut,
    kWaiting,
    kError,
    kFatal,
    kLog,
    kStalled,
};
constexpr std::size_t kKafkaMessageKinds = 8;

class MessageLimits {
public:
    // Nothing when the kind had its turn; else how many of it were left out since.
    [[nodiscard]] std::optional<std::uint64_t> admit(
        KafkaMessageKind kind, std::chrono::steady_clock::time_point now
    ) noexcept {
        constexpr std::chrono::seconds kInterval{10};
        Row& row = rows_[static_cast<std::size_t>(kind)];
        if (row.last && now < *row.last + kInterval) {
            ++row.left_out;
            return std::nullopt;
        }
        const std::uint64_t left_out = row.left_out;
        row = {.last = now};
        return left_out;
    }

private:
    struct Row {
        std::optional<std::chrono::steady_clock::time_point> last;
        std::uint64_t left_out = 0;
    };
    std::array<Row, kKafkaMessageKinds> rows_;
};

}  // namespace flowgauge
