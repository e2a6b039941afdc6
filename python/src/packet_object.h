// NFPacket: a packet as plugins see it.
#pragma once

#include "core/flow/flow_observer.h"
#include "core/packet/packet.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "python/src/python_object.h"

namespace flowgauge {

// A packet that somebody keeps beyond the call.
struct KeptPacket {
    Packet packet;
    std::vector<std::uint8_t> bytes;  // of packet.ip
};

struct PacketObject {
    PyObject ob_base;
    const Packet* packet;  // null: it has gone
    Tick gap;
    Direction direction;
    bool has_tunnel_id;
    KeptPacket* kept;  // what `packet` is of, once somebody keeps it
};

// The one packet object that calls share. Thread: whoever holds the interpreter's lock.
class PacketDesk {
public:
    explicit PacketDesk(bool has_tunnel_id) noexcept : has_tunnel_id_(has_tunnel_id) {}

    // The object of `event`'s packet, borrowed, until leave(); null with Python's error set.
    [[nodiscard]] PyObject* show(const FlowEvent& event);

    // The call is over. Who kept the object keeps the packet.
    void leave();

private:
    bool has_tunnel_id_;
    PythonRef object_;
};

[[nodiscard]] bool add_packet_type(PyObject* module);

}  // namespace flowgauge
