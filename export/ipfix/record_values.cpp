#include "export/ipfix/record_values.h"

#include "export/ipfix/wire.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace flowgauge {
namespace {

using Slot = IpfixSlot;

// The place of a direction's value, of the pair that begins with `forward`.
constexpr Slot row_of(Slot forward, std::size_t row) noexcept {
    return static_cast<Slot>(static_cast<std::size_t>(forward) + row);
}

std::uint64_t word_of(const MacAddress& mac) noexcept {
    std::uint64_t word = 0;
    for (const std::uint8_t byte : mac) {
        word = word << 8 | byte;
    }
    return word;
}

std::uint64_t saturated(Uint128 value) noexcept {
    return value >> 64 != 0 ? UINT64_MAX : static_cast<std::uint64_t>(value);
}

// The slots of a distribution are in this order, a step apart.
void put_distribution(
    const Distribution& distribution, Slot first, std::size_t step, IpfixValues& values
) noexcept {
    const auto at = static_cast<std::size_t>(first);
    values.words[at] = distribution.minimum;
    values.words[at + step] = std::bit_cast<std::uint64_t>(distribution.mean());
    values.words[at + 2 * step] = std::bit_cast<std::uint64_t>(distribution.deviation());
    values.words[at + 3 * step] = distribution.maximum;
}

void read_statistics(const RecordView& view, IpfixValues& values) noexcept {
    const FlowStatistics& statistics = view.statistics();
    const Flow& flow = view.flow();
    for (std::size_t row = 0; row < 2; ++row) {
        const Distribution sizes = statistics.packet_sizes(flow, row);
        put_distribution(sizes, row_of(Slot::kRowMinSize, row), 2, values);
        values[row_of(Slot::kRowSizeSquares, row)] = saturated(sizes.squares);
        put_distribution(
            statistics.inter_arrival_times(flow, row), row_of(Slot::kRowMinGap, row), 2, values
        );
        for (std::size_t flag = 0; flag < kTcpFlagCount; ++flag) {
            values[row_of(Slot::kFlags, 2 * flag + row)] = statistics.flag_packets(row, flag);
        }
    }
    constexpr std::size_t kBoth = FlowStatistics::kBoth;
    put_distribution(statistics.packet_sizes(flow, kBoth), Slot::kMinSize, 1, values);
    put_distribution(statistics.inter_arrival_times(flow, kBoth), Slot::kMinGap, 1, values);
}

std::uint64_t process_id(const SocketOwner& owner) noexcept {
    return owner.pid < 0 ? 0 : static_cast<std::uint64_t>(owner.pid);
}

std::uint64_t user_id(const SocketOwner& owner) noexcept {
    return owner.uid < 0 ? UINT32_MAX : static_cast<std::uint64_t>(owner.uid);
}

}  // namespace

std::uint8_t flow_end_reason(EndReason reason) noexcept {
    switch (reason) {
    case EndReason::kIdle:
        return 1;
    case EndReason::kActive:
        return 2;
    case EndReason::kTcpEnd:
    case EndReason::kPlugin:
        return 3;
    case EndReason::kEvicted:
        return 5;
    default:
        return 4;
    }
}

IpfixRecordReader::IpfixRecordReader(
    IpfixOptions options, MeterOptions meter, const ApplicationNames* names
)
    : options_(std::move(options)),
      meter_(std::move(meter)) {
    if (names == nullptr) {
        return;
    }
    constexpr std::array<std::string_view, 3> kHttp{"HTTP", "HTTP_Connect", "HTTP_Proxy"};
    constexpr std::array<std::string_view, 7> kTls{
        "TLS", "DTLS", "QUIC", "SMTPS", "IMAPS", "POPS", "FTPS"};
    for (const std::string& name : names->protocols()) {
        const bool is_http = std::ranges::find(kHttp, name) != kHttp.end();
        const bool is_tls = std::ranges::find(kTls, name) != kTls.end();
        kinds_.push_back(is_http ? NameKind::kHttp : is_tls ? NameKind::kTls : NameKind::kOther);
    }
}

IpfixRecordReader::NameKind IpfixRecordReader::kind_of(const Application& application
) const noexcept {
    for (const std::uint16_t number : {application.master, application.app}) {
        if (number < kinds_.size() && kinds_[number] != NameKind::kOther) {
            return kinds_[number];
        }
    }
    return NameKind::kOther;
}

void IpfixRecordReader::read(const RecordView& view, IpfixValues& values) {
    read_flow(view, values);
    read_ends(view.flow(), values);
    values[IpfixText::kEndReason] = to_string(view.record.end_reason);
    if (meter_.dissection.enabled) {
        read_application(view, values);
    }
    if (meter_.attribution && options_.profile != IpfixProfile::kBasic) {
        read_owners(view.attribution(), values);
    }
    if (meter_.statistical_analysis && options_.profile == IpfixProfile::kFull) {
        read_statistics(view, values);
    }
}

void IpfixRecordReader::read_flow(const RecordView& view, IpfixValues& values) const {
    const Flow& flow = view.flow();
    const Tick shift = view.record.clock_shift;
    const TimeUnit unit = meter_.flow.time_unit;
    values[Slot::kFlowUid] = flow.flow_uid;
    values[Slot::kProtocol] = flow.key.protocol();
    values[Slot::kIpVersion] = flow.key.ip_version();
    values[Slot::kVlan] = flow.key.vlan_id();
    values[Slot::kTunnel] = static_cast<std::uint64_t>(flow.key.tunnel_id());
    values[Slot::kEndReason] = flow_end_reason(view.record.end_reason);
    if (options_.interfaces != nullptr) {
        values[Slot::kInterface] =
            options_.interfaces->index(view.worker, flow.key.observation_point());
    }
    values[Slot::kFirst] = wire_time(flow.first() + shift, unit);
    values[Slot::kLast] = wire_time(flow.last() + shift, unit);
    values[Slot::kInitiator] = 1;
    values[Slot::kReverseInitiator] = 2;
    const LayerOctets& octets = view.layer_octets();
    for (std::size_t row = 0; row < 2; ++row) {
        const bool any = flow.packets[row] != 0;
        values[row_of(Slot::kRowFirst, row)] =
            any ? wire_time(flow.first_seen[row] + shift, unit) : 0;
        values[row_of(Slot::kRowLast, row)] =
            any ? wire_time(flow.last_seen[row] + shift, unit) : 0;
        values[row_of(Slot::kPackets, row)] = flow.packets[row];
        values[row_of(Slot::kIpOctets, row)] = octets.ip[row];
        values[row_of(Slot::kFrameOctets, row)] = octets.frame[row];
        values[row_of(Slot::kAccountedOctets, row)] = flow.bytes[row];
        values[row_of(Slot::kTcpFlags, row)] = octets.tcp_flags[row];
    }
}

void IpfixRecordReader::read_ends(const Flow& flow, IpfixValues& values) const {
    IpAddress source = flow.source();
    IpAddress destination = flow.destination();
    if (options_.pseudonym) {
        source = options_.pseudonym(source, flow.key.ip_version());
        destination = options_.pseudonym(destination, flow.key.ip_version());
    }
    values[Slot::kSourceIpv4] = source.low;
    values[Slot::kDestinationIpv4] = destination.low;
    values[Slot::kSourceIpv6High] = source.high;
    values[Slot::kDestinationIpv6High] = destination.high;
    values[Slot::kSourceIpv6Low] = source.low;
    values[Slot::kDestinationIpv6Low] = destination.low;
    values[Slot::kSourceMac] = word_of(flow.source_mac);
    values[Slot::kDestinationMac] = word_of(flow.destination_mac);
    values[Slot::kSourcePort] = flow.source_port();
    values[Slot::kDestinationPort] = flow.destination_port();
}

void IpfixRecordReader::read_application(const RecordView& view, IpfixValues& values) {
    constexpr std::uint64_t kNdpiEngine = 22;  // IANA, "Classification Engine IDs"
    const Application& application = view.application();
    const ApplicationNames& names = *view.context.application_names;
    const std::uint16_t number = application.app != 0 ? application.app : application.master;
    values[Slot::kApplicationId] = kNdpiEngine << 24 | number;
    values[Slot::kGuessed] = application.guessed ? 1 : 0;
    values[Slot::kConfidence] = static_cast<std::uint64_t>(application.confidence);
    if (options_.profile == IpfixProfile::kBasic) {
        return;
    }
    application_name_.clear();
    names.append_application(application, application_name_);
    risks_.clear();
    names.append_risks(application, risks_);
    values[IpfixText::kApplicationName] = application_name_;
    values[IpfixText::kCategoryName] = names.category(application);
    values[IpfixText::kRisks] = risks_;
    static const ApplicationMetadata kNone;
    const ApplicationMetadata& metadata = application.metadata ? *application.metadata : kNone;
    const std::string_view server = metadata.requested_server_name;
    const NameKind kind = kind_of(application);
    values[IpfixText::kServerName] = server;
    values[IpfixText::kHttpHost] = kind == NameKind::kHttp ? server : std::string_view{};
    values[IpfixText::kTlsServerName] = kind == NameKind::kTls ? server : std::string_view{};
    values[IpfixText::kUserAgent] = metadata.user_agent;
    values[IpfixText::kContentType] = metadata.content_type;
    values[IpfixText::kClientFingerprint] = metadata.client_fingerprint;
    values[IpfixText::kServerFingerprint] = metadata.server_fingerprint;
    values[IpfixText::kAlpn] = metadata.alpn;
    values[IpfixText::kTlsVersion] = metadata.tls_version;
}

// Texts are those of the owners, which live as long as the record.
void IpfixRecordReader::read_owners(const Attribution& attribution, IpfixValues& values) {
    static const SocketOwner kNobody;
    const SocketOwner& owner = attribution.owner ? *attribution.owner : kNobody;
    const SocketOwner& peer = attribution.peer ? *attribution.peer : kNobody;
    values[Slot::kProcessId] = process_id(owner);
    values[Slot::kPeerProcessId] = process_id(peer);
    values[Slot::kProcessUserId] = user_id(owner);
    values[IpfixText::kProcessName] = owner.name;
    values[IpfixText::kProcessExecutable] = owner.executable;
    values[IpfixText::kCommandLine] = owner.command_line;
    values[IpfixText::kUserName] = owner.user;
    values[IpfixText::kControlGroup] = owner.cgroup;
    values[IpfixText::kContainer] = owner.container_id;
    values[IpfixText::kUnit] = owner.unit;
    values[IpfixText::kPeerProcessName] = peer.name;
    values[IpfixText::kMatch] = to_string(attribution.match);
    values[IpfixText::kReason] = to_string(attribution.reason);
    const bool turned = attribution.at_destination;
    const SocketOwner& source = turned ? kNobody : owner;
    const SocketOwner& destination = turned ? owner : peer;
    values[Slot::kSourceProcessId] = process_id(source);
    values[Slot::kDestinationProcessId] = process_id(destination);
    values[Slot::kSourceUserId] = user_id(source);
    values[Slot::kDestinationUserId] = user_id(destination);
    values[IpfixText::kSourceProcessName] = source.name;
    values[IpfixText::kDestinationProcessName] = destination.name;
    values[IpfixText::kSourceContainer] = source.container_id;
    values[IpfixText::kDestinationContainer] = destination.container_id;
    values[IpfixText::kSourceCommandLine] = source.command_line;
    values[IpfixText::kDestinationCommandLine] = destination.command_line;
}

}  // namespace flowgauge
