// PlainSession: units as they are, such as lines of JSON.
#pragma once

#include "export/network/session_protocol.h"

#include <cstdint>

namespace flowgauge {

// A preamble, the header of CSV, stands before the first unit of a session, and again when it
// changes. With datagrams each unit is one. Thread: that of the sink.
class PlainSession final : public SessionProtocol {
public:
    void begin(bool /*datagrams*/) override { sent_ = 0; }
    void prepare(const Preamble* preamble, SteadyTime now, WireMessages& out) override;
    [[nodiscard]] SteadyTime next_repeat() const noexcept override { return SteadyTime::max(); }
    void put(std::string_view unit, std::uint32_t records, WireMessages& out) override;

private:
    std::uint64_t sent_ = 0;  // fingerprint of the preamble that was sent last
};

}  // namespace flowgauge
