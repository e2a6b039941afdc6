// DatagramBatch: units as datagrams, from framing until the kernel has taken or refused them.
#pragma once

#include "export/network/session_protocol.h"
#include "export/sink/sink_numbers.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Thread: one. Bounds: its user's, by size() and bytes().
class DatagramBatch final : public WireMessages {
public:
    void add(std::string_view message) override;

    // What was added since the last unit belongs to one.
    void end_unit() { units_.push_back({.end = messages_.size(), .loss = std::nullopt}); }

    // What was added since the last unit belongs to none: templates that are repeated.
    [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size(); }
    [[nodiscard]] bool is_done() const noexcept { return next_ == messages_.size(); }

    // The i-th message that has not been decided. Requires: there is one.
    [[nodiscard]] std::size_t undecided() const noexcept { return messages_.size() - next_; }
    [[nodiscard]] std::string_view message(std::size_t i) const noexcept;

    // The next `count` messages were taken by the kernel, or the next one is lost.
    void sent(std::size_t count) noexcept { next_ += count; }
    void lost(RecordLoss loss) noexcept;

    // Units of which every message has been decided, and why they are lost, if they are: the i-th.
    [[nodiscard]] std::size_t decided_units() const noexcept;
    [[nodiscard]] std::optional<RecordLoss> loss_of(std::size_t unit) const noexcept {
        return units_[unit].loss;
    }

    void clear() noexcept;

private:
    struct Message {
        std::size_t begin = 0;
        std::size_t size = 0;
    };
    struct Unit {
        std::size_t end = 0;  // behind its last message
        std::optional<RecordLoss> loss;
    };

    std::string bytes_;
    std::vector<Message> messages_;
    std::vector<Unit> units_;
    std::size_t next_ = 0;
};

}  // namespace flowgauge
