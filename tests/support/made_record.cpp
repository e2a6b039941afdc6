#include "tests/support/made_record.h"

#include "core/flow/early_sequence.h"
#include "core/flow/flow_statistics.h"
#include "core/flow/layer_octets.h"

#include <new>
#include <utility>

namespace flowgauge::test {
namespace {

std::uint32_t size_of(const Packet& packet, AccountingMode mode) {
    switch (mode) {
    case AccountingMode::kLink:
        return packet.frame_bytes;
    case AccountingMode::kIp:
        return packet.ip_bytes;
    case AccountingMode::kTransport:
        return packet.transport_bytes;
    case AccountingMode::kPayload:
        return packet.payload_bytes;
    }
    return 0;
}

template <typename Observer>
void show(const Observer& observer, std::byte* state, const FlowEvent& event, bool first) {
    if (first) {
        observer.init(state, event);
    } else {
        observer.update(state, event);
    }
}

}  // namespace

MadeRecord::MadeRecord(const MeterOptions& options, std::span<const Packet> packets)
    : layout_(layout_of(options)),
      cold_(layout_.bytes / sizeof(std::uint64_t) + 1) {
    record_.flow = &flow_;
    record_.cold = reinterpret_cast<std::byte*>(cold_.data());
    if (layout_.application) {
        // The answer is what the state of dissection begins with.
        application_ = ::new (static_cast<void*>(record_.cold + *layout_.application)) Application;
    }
    if (layout_.attribution) {
        attribution_ = ::new (static_cast<void*>(record_.cold + *layout_.attribution)) Attribution;
    }
    const OrientedKey oriented = key_of(packets.front());
    flow_.key = oriented.key;
    flow_.from_upper = oriented.from_upper;
    flow_.source_mac = packets.front().source_mac;
    flow_.destination_mac = packets.front().destination_mac;
    flow_.flow_uid = hash_of(flow_.key, 1);
    open_extension(options);
    for (const Packet& packet : packets) {
        add(options, packet);
    }
    if (extension_ != nullptr) {
        extension_->complete(record_);
    }
}

void MadeRecord::open_extension(const MeterOptions& options) {
    if (options.extension == nullptr) {
        return;
    }
    Result<std::unique_ptr<FlowExtension>> opened = options.extension->open(0);
    if (opened) {
        context_ = context_of(options, nullptr);
        extension_ = std::move(opened).value();
        extension_->begin(context_);
    }
}

MadeRecord::~MadeRecord() {
    if (extension_ != nullptr) {
        extension_->discard(record_.cold);
    }
    if (layout_.statistics) {
        StatisticsObserver::discard(record_.cold + *layout_.statistics);
    }
    if (application_ != nullptr) {
        std::destroy_at(application_);
    }
    if (attribution_ != nullptr) {
        std::destroy_at(attribution_);
    }
}

// As ObservedShard does it.
void MadeRecord::add(const MeterOptions& options, const Packet& packet) {
    const bool first = flow_.all_packets() == 0;
    const std::size_t row = key_of(packet).from_upper == flow_.from_upper ? 0 : 1;
    const std::uint32_t bytes = size_of(packet, options.flow.accounting_mode);
    const Tick gap = first ? 0 : packet.tick - flow_.last();
    const bool first_of_row = flow_.packets[row] == 0;
    const Tick direction_gap = first_of_row ? 0 : packet.tick - flow_.last_seen[row];
    if (first_of_row) {
        flow_.first_seen[row] = packet.tick;
    }
    flow_.last_seen[row] = packet.tick;
    ++flow_.packets[row];
    flow_.bytes[row] += bytes;
    const FlowEvent event{
        .packet = packet,
        .flow = flow_,
        .direction = static_cast<Direction>(row),
        .bytes = bytes,
        .gap = gap,
        .direction_gap = direction_gap};
    if (layout_.statistics) {
        show(StatisticsObserver{}, record_.cold + *layout_.statistics, event, first);
    }
    if (layout_.layer_octets) {
        show(LayerOctetsObserver{}, record_.cold + *layout_.layer_octets, event, first);
    }
    if (layout_.sequence) {
        const SequenceObserver observer(options.splt_analysis);
        show(observer, record_.cold + *layout_.sequence, event, first);
    }
    if (extension_ != nullptr) {
        static_cast<void>(
            first ? extension_->init(record_.cold, event) : extension_->update(record_.cold, event)
        );
    }
}

std::shared_ptr<const SocketOwner> sample_owner(const std::string& name, int pid) {
    return std::make_shared<const SocketOwner>(SocketOwner{
        .pid = pid,
        .uid = 1000,
        .name = name,
        .executable = "/usr/bin/" + name,
        .command_line = name + " --quiet \"a b\"",
        .user = "ada",
        .cgroup = "/system.slice/docker-0a1b.scope",
        .container_id = "0a1b",
        .unit = "docker-0a1b.scope"});
}

RecordContext context_of(
    const MeterOptions& options, std::shared_ptr<const ApplicationNames> names
) {
    return {
        .layout = layout_of(options),
        .time_unit = options.flow.time_unit,
        .splt_analysis = options.splt_analysis,
        .application_names = std::move(names)};
}

}  // namespace flowgauge::test
