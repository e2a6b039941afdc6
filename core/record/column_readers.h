// How the columns of the table are read: a function a column, or a pattern of one for several.
#pragma once

#include "core/flow/end_reason.h"
#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Row of a direction in two-row arrays; the third stands for both.
constexpr std::size_t kBoth = FlowStatistics::kBoth;

inline void read_id(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.id);
}

inline void read_expiration_id(const RecordView& view, ValueSink& out) {
    out.integer(expiration_id(view.record.end_reason));
}

inline void read_source_ip(const RecordView& view, ValueSink& out) {
    out.address(view.flow().source(), view.flow().key.ip_version());
}

inline void read_destination_ip(const RecordView& view, ValueSink& out) {
    out.address(view.flow().destination(), view.flow().key.ip_version());
}

inline void read_source_mac(const RecordView& view, ValueSink& out) {
    out.mac(view.flow().source_mac, 6);
}

inline void read_source_oui(const RecordView& view, ValueSink& out) {
    out.mac(view.flow().source_mac, 3);
}

inline void read_destination_mac(const RecordView& view, ValueSink& out) {
    out.mac(view.flow().destination_mac, 6);
}

inline void read_destination_oui(const RecordView& view, ValueSink& out) {
    out.mac(view.flow().destination_mac, 3);
}

inline void read_source_port(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().source_port());
}

inline void read_destination_port(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().destination_port());
}

inline void read_protocol(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().key.protocol());
}

inline void read_ip_version(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().key.ip_version());
}

inline void read_vlan_id(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().key.vlan_id());
}

inline void read_tunnel_id(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(static_cast<std::uint64_t>(view.flow().key.tunnel_id()));
}

template <std::size_t Row>
Tick first_seen(const Flow& flow) {
    if constexpr (Row == kBoth) {
        return flow.first();
    } else {
        return flow.packets[Row] == 0 ? 0 : flow.first_seen[Row];
    }
}

template <std::size_t Row>
Tick last_seen(const Flow& flow) {
    if constexpr (Row == kBoth) {
        return flow.last();
    } else {
        return flow.packets[Row] == 0 ? 0 : flow.last_seen[Row];
    }
}

template <std::size_t Row>
void read_first_seen(const RecordView& view, ValueSink& out) {
    const Tick time = first_seen<Row>(view.flow());
    out.integer(time == 0 ? 0 : time + view.record.clock_shift);
}

template <std::size_t Row>
void read_last_seen(const RecordView& view, ValueSink& out) {
    const Tick time = last_seen<Row>(view.flow());
    out.integer(time == 0 ? 0 : time + view.record.clock_shift);
}

template <std::size_t Row>
void read_duration(const RecordView& view, ValueSink& out) {
    out.integer(last_seen<Row>(view.flow()) - first_seen<Row>(view.flow()));
}

template <std::size_t Row>
void read_packets(const RecordView& view, ValueSink& out) {
    if constexpr (Row == kBoth) {
        out.unsigned_integer(view.flow().all_packets());
    } else {
        out.unsigned_integer(view.flow().packets[Row]);
    }
}

template <std::size_t Row>
void read_bytes(const RecordView& view, ValueSink& out) {
    if constexpr (Row == kBoth) {
        out.unsigned_integer(view.flow().all_bytes());
    } else {
        out.unsigned_integer(view.flow().bytes[Row]);
    }
}

inline void put_number(std::uint64_t value, ValueSink& out) {
    out.unsigned_integer(value);
}

inline void put_number(double value, ValueSink& out) {
    out.real(value);
}

template <std::size_t Row, auto Member>
void read_size(const RecordView& view, ValueSink& out) {
    put_number(std::invoke(Member, view.statistics().packet_sizes(view.flow(), Row)), out);
}

template <std::size_t Row, auto Member>
void read_gap(const RecordView& view, ValueSink& out) {
    put_number(std::invoke(Member, view.statistics().inter_arrival_times(view.flow(), Row)), out);
}

template <std::size_t Row, std::size_t Flag>
void read_flag(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.statistics().flag_packets(Row, Flag));
}

// Writes length() entries, of which the first count() exist. The memory is used again for each list
// of a sink's thread.
template <typename Entry>
void put_sequence(const RecordView& view, ValueSink& out, Entry entry) {
    const EarlySequence sequence = view.sequence();
    thread_local std::vector<std::int64_t> values;
    values.assign(sequence.length(), -1);
    for (std::size_t i = 0; i < sequence.count(); ++i) {
        values[i] = static_cast<std::int64_t>((sequence.*entry)(i));
    }
    out.list(values);
}

inline void read_splt_direction(const RecordView& view, ValueSink& out) {
    put_sequence(view, out, &EarlySequence::direction);
}

inline void read_splt_ps(const RecordView& view, ValueSink& out) {
    put_sequence(view, out, &EarlySequence::bytes);
}

inline void read_splt_piat(const RecordView& view, ValueSink& out) {
    put_sequence(view, out, &EarlySequence::gap);
}

inline void read_application_name(const RecordView& view, ValueSink& out) {
    thread_local std::string name;  // used again, as in put_sequence()
    name.clear();
    view.context.application_names->append_application(view.application(), name);
    out.text(name);
}

inline void read_application_category_name(const RecordView& view, ValueSink& out) {
    out.text(view.context.application_names->category(view.application()));
}

inline void read_application_is_guessed(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.application().guessed ? 1 : 0);
}

inline void read_application_confidence(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(static_cast<std::uint64_t>(view.application().confidence));
}

template <std::string ApplicationMetadata::*Member>
void read_metadata(const RecordView& view, ValueSink& out) {
    const ApplicationMetadata* metadata = view.application().metadata.get();
    out.text(metadata == nullptr ? std::string_view{} : std::string_view{metadata->*Member});
}

inline void read_risks(const RecordView& view, ValueSink& out) {
    thread_local std::string names;  // used again, as in put_sequence()
    names.clear();
    view.context.application_names->append_risks(view.application(), names);
    out.text(names);
}

inline void read_end_reason(const RecordView& view, ValueSink& out) {
    out.token(to_string(view.record.end_reason));
}

inline void read_flow_uid(const RecordView& view, ValueSink& out) {
    out.unsigned_integer(view.flow().flow_uid);
}

// Of whom a system column speaks: &Attribution::owner or &Attribution::peer.
using OwnerMember = std::shared_ptr<const SocketOwner> Attribution::*;

// A number of who owned the socket, -1 where that is not known.
template <OwnerMember Who, auto Member>
void read_owner_number(const RecordView& view, ValueSink& out) {
    const SocketOwner* owner = (view.attribution().*Who).get();
    out.integer(owner == nullptr ? -1 : owner->*Member);
}

template <OwnerMember Who, std::string SocketOwner::*Member>
void read_owner_text(const RecordView& view, ValueSink& out) {
    const SocketOwner* owner = (view.attribution().*Who).get();
    out.text(owner == nullptr ? std::string_view{} : std::string_view{owner->*Member});
}

inline void read_system_match(const RecordView& view, ValueSink& out) {
    out.token(to_string(view.attribution().match));
}

inline void read_system_reason(const RecordView& view, ValueSink& out) {
    out.token(to_string(view.attribution().reason));
}

}  // namespace flowgauge
