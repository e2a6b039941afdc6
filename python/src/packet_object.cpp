#include "python/src/packet_object.h"

#include "core/record/column.h"

#include <array>
#include <cstddef>
#include <new>
#include <string_view>

namespace flowgauge {
namespace {

PyTypeObject* packet_type = nullptr;

using Reader = PyObject* (*)(const PacketObject& packet);

PyObject* number(std::uint64_t value) {
    return PyLong_FromUnsignedLongLong(value);
}

PyObject* address(const IpAddress& value, std::uint8_t version) {
    std::array<char, kIpTextMax> text{};
    const char* end = write_ip(text.data(), value, version);
    return PyUnicode_FromStringAndSize(text.data(), end - text.data());
}

PyObject* mac(const MacAddress& value, std::size_t bytes) {
    std::array<char, kMacTextMax> text{};
    const char* end = write_mac(text.data(), value, bytes);
    return PyUnicode_FromStringAndSize(text.data(), end - text.data());
}

template <std::uint8_t Flag>
PyObject* flag(const PacketObject& object) {
    return PyLong_FromLong((object.packet->tcp_flags & Flag) != 0 ? 1 : 0);
}

struct PacketField {
    const char* name;
    Reader read;
    const char* meaning;
};

// One row a field, in the order of NFStream's.
// clang-format off
constexpr PacketField kFields[] = {
    {"time", [](const PacketObject& o) { return PyLong_FromLongLong(o.packet->tick); },
     "When it came, in the unit of the records, since 1970 UTC."},
    {"delta_time", [](const PacketObject& o) { return PyLong_FromLongLong(o.gap); },
     "Since the flow's packet before; 0 for the first."},
    {"direction", [](const PacketObject& o) { return PyLong_FromLong(o.direction == Direction::kSrc2Dst ? 0 : 1); },
     "0: source to destination of the flow, 1: back."},
    {"raw_size", [](const PacketObject& o) { return number(o.packet->frame_bytes); }, "Bytes on the wire."},
    {"ip_size", [](const PacketObject& o) { return number(o.packet->ip_bytes); }, "Bytes of the IP packet."},
    {"transport_size", [](const PacketObject& o) { return number(o.packet->transport_bytes); },
     "Bytes of transport header and payload."},
    {"payload_size", [](const PacketObject& o) { return number(o.packet->payload_bytes); },
     "Bytes behind the transport header."},
    {"src_ip", [](const PacketObject& o) { return address(o.packet->source, o.packet->ip_version); },
     "Source address of the packet."},
    {"src_mac", [](const PacketObject& o) { return mac(o.packet->source_mac, 6); }, "Its source MAC address."},
    {"src_oui", [](const PacketObject& o) { return mac(o.packet->source_mac, 3); }, "First half of that."},
    {"dst_ip", [](const PacketObject& o) { return address(o.packet->destination, o.packet->ip_version); },
     "Destination address of the packet."},
    {"dst_mac", [](const PacketObject& o) { return mac(o.packet->destination_mac, 6); },
     "Its destination MAC address."},
    {"dst_oui", [](const PacketObject& o) { return mac(o.packet->destination_mac, 3); }, "First half of that."},
    {"src_port", [](const PacketObject& o) { return number(o.packet->source_port); }, "Source port, or 0."},
    {"dst_port", [](const PacketObject& o) { return number(o.packet->destination_port); }, "Destination port, or 0."},
    {"protocol", [](const PacketObject& o) { return number(o.packet->protocol); }, "IP protocol."},
    {"vlan_id", [](const PacketObject& o) { return number(o.packet->vlan_id); }, "Innermost 802.1Q tag, or 0."},
    {"ip_version", [](const PacketObject& o) { return number(o.packet->ip_version); }, "4 or 6."},
    {"ip_packet",
     [](const PacketObject& o) {
         return PyBytes_FromStringAndSize(
             reinterpret_cast<const char*>(o.packet->ip.data()), static_cast<Py_ssize_t>(o.packet->ip.size()));
     },
     "From the IP header to the end of the capture."},
    {"syn", flag<kTcpSyn>, "TCP flag."},
    {"cwr", flag<kTcpCwr>, "TCP flag."},
    {"ece", flag<kTcpEce>, "TCP flag."},
    {"urg", flag<kTcpUrg>, "TCP flag."},
    {"ack", flag<kTcpAck>, "TCP flag."},
    {"psh", flag<kTcpPsh>, "TCP flag."},
    {"rst", flag<kTcpRst>, "TCP flag."},
    {"fin", flag<kTcpFin>, "TCP flag."},
    {"tunnel_id", [](const PacketObject& o) { return number(static_cast<std::uint64_t>(o.packet->tunnel_id)); },
     "Tunnel that was decoded, 0 for none; with decode_tunnels."},
};
// clang-format on
constexpr std::size_t kFieldCount = std::size(kFields);

std::array<PyGetSetDef, kFieldCount + 1> packet_members{};

std::size_t fields_of(const PacketObject& packet) noexcept {
    return packet.has_tunnel_id ? kFieldCount : kFieldCount - 1;
}

PyObject* read_field(PyObject* self, const PacketField& field) {
    const PacketObject& packet = *own<PacketObject>(self);
    if (packet.packet == nullptr) {
        PyErr_SetString(PyExc_ReferenceError, "the packet has gone");
        return nullptr;
    }
    if (!packet.has_tunnel_id && &field == &kFields[kFieldCount - 1]) {
        PyErr_SetString(PyExc_AttributeError, "'NFPacket' object has no attribute 'tunnel_id'");
        return nullptr;
    }
    return field.read(packet);
}

PyObject* get_field(PyObject* self, void* closure) {
    return read_field(self, *static_cast<const PacketField*>(closure));
}

Py_ssize_t packet_length(PyObject* self) {
    return static_cast<Py_ssize_t>(fields_of(*own<PacketObject>(self)));
}

PyObject* packet_item(PyObject* self, Py_ssize_t i) {
    if (i < 0 || i >= packet_length(self)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return nullptr;
    }
    return read_field(self, kFields[i]);
}

PyObject* packet_as_dict(PyObject* self, PyObject* /*arguments*/) {
    PythonRef dict(PyDict_New());
    for (Py_ssize_t i = 0; dict && i < packet_length(self); ++i) {
        PythonRef value(read_field(self, kFields[i]));
        if (!value || PyDict_SetItemString(dict.get(), kFields[i].name, value.get()) != 0) {
            return nullptr;
        }
    }
    return dict.release();
}

PyObject* packet_fields(PyObject* self, void* /*closure*/) {
    PythonRef names(PyTuple_New(packet_length(self)));
    for (Py_ssize_t i = 0; names && i < packet_length(self); ++i) {
        PyObject* name = PyUnicode_InternFromString(kFields[i].name);
        if (name == nullptr) {
            return nullptr;
        }
        PyTuple_SET_ITEM(names.get(), i, name);
    }
    return names.release();
}

PyObject* packet_repr(PyObject* self) {
    PythonRef text(PyUnicode_FromString("NFPacket("));
    for (Py_ssize_t i = 0; text && i < packet_length(self); ++i) {
        PythonRef value(read_field(self, kFields[i]));
        text = PythonRef(
            value ? PyUnicode_FromFormat(
                        "%U%s%s=%R", text.get(), i == 0 ? "" : ", ", kFields[i].name, value.get()
                    )
                  : nullptr
        );
    }
    return text ? PyUnicode_FromFormat("%U)", text.get()) : nullptr;
}

void packet_dealloc(PyObject* self) {
    delete own<PacketObject>(self)->kept;
    PyTypeObject* type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

PyMethodDef packet_methods[] = {
    {"_asdict", packet_as_dict, METH_NOARGS, "The fields as a dict."},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot packet_slots[] = {
    {Py_tp_doc, const_cast<char*>("A packet of a flow, as plugins see it.")},
    {Py_tp_dealloc, slot_of(packet_dealloc)},
    {Py_tp_repr, slot_of(packet_repr)},
    {Py_sq_length, slot_of(packet_length)},
    {Py_sq_item, slot_of(packet_item)},
    {Py_tp_getset, packet_members.data()},
    {Py_tp_methods, packet_methods},
    {0, nullptr}};

PyType_Spec packet_spec = {
    "flowgauge.NFPacket",
    sizeof(PacketObject),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    packet_slots};

}  // namespace

PyObject* PacketDesk::show(const FlowEvent& event) {
    if (!object_) {
        auto* made = PyObject_New(PacketObject, packet_type);
        if (made == nullptr) {
            return nullptr;
        }
        made->kept = nullptr;
        made->has_tunnel_id = has_tunnel_id_;
        object_ = PythonRef(object_of(made));
    }
    auto* packet = own<PacketObject>(object_.get());
    packet->packet = &event.packet;
    packet->gap = event.gap;
    packet->direction = event.direction;
    return object_.get();
}

void PacketDesk::leave() {
    auto* packet = own<PacketObject>(object_.get());
    if (Py_REFCNT(object_.get()) == 1) {
        packet->packet = nullptr;
        return;
    }
    auto* kept = new KeptPacket{.packet = *packet->packet, .bytes = {}};
    kept->bytes.assign(kept->packet.ip.begin(), kept->packet.ip.end());
    kept->packet.ip = kept->bytes;
    packet->kept = kept;
    packet->packet = &kept->packet;
    object_ = PythonRef();
}

bool add_packet_type(PyObject* module) {
    for (std::size_t i = 0; i < kFieldCount; ++i) {
        packet_members[i] = {
            .name = kFields[i].name,
            .get = get_field,
            .set = nullptr,
            .doc = kFields[i].meaning,
            .closure = const_cast<PacketField*>(&kFields[i])};
    }
    packet_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&packet_spec));
    if (packet_type == nullptr ||
        PyModule_AddObjectRef(module, "NFPacket", object_of(packet_type)) != 0) {
        return false;
    }
    static PyGetSetDef fields{"_fields", packet_fields, nullptr, "Names of the fields.", nullptr};
    PythonRef descriptor(PyDescr_NewGetSet(packet_type, &fields));
    return descriptor &&
           PyObject_SetAttrString(object_of(packet_type), "_fields", descriptor.get()) == 0;
}

}  // namespace flowgauge
