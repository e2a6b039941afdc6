// SessionProtocol: what one session with a peer adds to the units of blocks: templates, sequence
// numbers, framing. One instance a session; IPFIX and syslog implement it.
#pragma once

#include "export/sink/block.h"
#include "export/sink/transport.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// Messages as they go on the wire; with datagrams each is one.
class WireMessages {
public:
    virtual ~WireMessages() = default;
    virtual void add(std::string_view message) = 0;
};

// Thread: that of the sink.
class SessionProtocol {
public:
    virtual ~SessionProtocol() = default;

    // A session begins: a connection was made, or a socket for datagrams opened. `datagrams`: what
    // was sent may be lost, so that it has to be repeated from time to time.
    virtual void begin(bool datagrams) = 0;

    // Adds what has to stand before units of `preamble` that follow now: a preamble that this
    // session has not sent, or what is due to be repeated.
    virtual void prepare(const Preamble* preamble, SteadyTime now, WireMessages& out) = 0;

    // When prepare() has something to repeat although no unit comes; max() for never.
    [[nodiscard]] virtual SteadyTime next_repeat() const noexcept = 0;

    // Adds a unit. It holds `records` flow records.
    virtual void put(std::string_view unit, std::uint32_t records, WireMessages& out) = 0;
};

// Makes one for each session of each collector.
using SessionFactory = std::function<std::unique_ptr<SessionProtocol>()>;

}  // namespace flowgauge
