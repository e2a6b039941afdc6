// The table of information elements: data, one row an element.
//
// Numbers of IANA's elements are those of its registry "IP Flow Information Export (IPFIX)
// Entities". Our own begin at 1000, because collectors that look at the number alone (nfacctd
// 1.7.7) would take smaller ones for IANA's. A number is never used again for something else:
//
//     1001..1009  of processes, and 1060..1069
//                                  1020..1029  text and words of dissection
//     1010..1019  of packet sizes  1030..1049  packet sizes and counts
//     1050..1059  early sequences  1100, 1200, 1300..  of time, in ms, us and ns
#include "export/ipfix/element.h"

namespace flowgauge {
namespace {

using Slot = IpfixSlot;
using Text = IpfixText;
using List = IpfixList;
using Type = IpfixType;

constexpr auto kIdentifier = IpfixSemantics::kIdentifier;
constexpr auto kQuantity = IpfixSemantics::kQuantity;
constexpr auto kDelta = IpfixSemantics::kDeltaCounter;
constexpr auto kTotal = IpfixSemantics::kTotalCounter;
constexpr auto kFlagBits = IpfixSemantics::kFlags;
constexpr auto kOctets = IpfixUnits::kOctets;
constexpr auto kPacketUnits = IpfixUnits::kPackets;
constexpr auto kTicks = IpfixUnits::kTicks;
constexpr auto kVisibility = Presence::kVisibility;
constexpr auto kExtended = IpfixProfile::kExtended;
constexpr auto kFull = IpfixProfile::kFull;

template <typename Enumerator>
constexpr std::uint8_t only(Enumerator value) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(value));
}
constexpr std::uint8_t kLinkMode = only(AccountingMode::kLink);
constexpr std::uint8_t kIpMode = only(AccountingMode::kIp);
constexpr std::uint8_t kTransportMode = only(AccountingMode::kTransport);
constexpr std::uint8_t kPayloadMode = only(AccountingMode::kPayload);
constexpr std::uint8_t kBiflow = only(IpfixBiflow::kRfc5103);
constexpr std::uint8_t kSplit = only(IpfixBiflow::kSplit);
constexpr std::uint8_t kIana = only(IpfixVocabulary::kIana);
constexpr std::uint8_t kCesnet = only(IpfixVocabulary::kCesnet);
constexpr std::uint8_t kNtop = only(IpfixVocabulary::kNtop);
constexpr std::uint8_t kNotNtop = only(IpfixVocabulary::kOwn) | only(IpfixVocabulary::kCesnet);
constexpr std::uint8_t kNotCesnet =
    only(IpfixVocabulary::kOwn) | only(IpfixVocabulary::kIana) | only(IpfixVocabulary::kNtop);

constexpr Slot flag(unsigned number) {
    return static_cast<Slot>(static_cast<unsigned>(Slot::kFlags) + 2 * number);
}

// One row an element, however long. The order is that of the fields in a template, but for reverse
// elements, texts and lists (export/ipfix/record_template.h).
// clang-format off
constexpr IpfixElement kElements[] = {
    // The key.
    {.name = "sourceIPv4Address", .id = 8, .type = Type::kIpv4Address,
     .slot = Slot::kSourceIpv4, .column = "src_ip"},
    {.name = "destinationIPv4Address", .id = 12, .type = Type::kIpv4Address,
     .slot = Slot::kDestinationIpv4, .column = "dst_ip"},
    {.name = "sourceIPv6Address", .id = 27, .type = Type::kIpv6Address,
     .slot = Slot::kSourceIpv6High, .column = "src_ip"},
    {.name = "destinationIPv6Address", .id = 28, .type = Type::kIpv6Address,
     .slot = Slot::kDestinationIpv6High, .column = "dst_ip"},

    // Times: of both directions in a biflow (RFC 5103), of its own in a record of one direction.
    {.name = "flowStart{unit}", .id = 152, .id_step = 2, .type = Type::kTime,
     .slot = Slot::kFirst, .reversible = true, .reverse_slot = Slot::kRowFirstReverse, .biflows = kBiflow,
     .column = "bidirectional_first_seen_{unit}", .reverse_column = "dst2src_first_seen_{unit}"},
    {.name = "flowEnd{unit}", .id = 153, .id_step = 2, .type = Type::kTime,
     .slot = Slot::kLast, .reversible = true, .reverse_slot = Slot::kRowLastReverse, .biflows = kBiflow,
     .column = "bidirectional_last_seen_{unit}", .reverse_column = "dst2src_last_seen_{unit}"},
    {.name = "flowStart{unit}", .id = 152, .id_step = 2, .type = Type::kTime,
     .slot = Slot::kRowFirst, .biflows = kSplit, .column = "src2dst_first_seen_{unit}"},
    {.name = "flowEnd{unit}", .id = 153, .id_step = 2, .type = Type::kTime,
     .slot = Slot::kRowLast, .biflows = kSplit, .column = "src2dst_last_seen_{unit}"},

    {.name = "flowEndReason", .id = 136, .type = Type::kUnsigned8, .semantics = kIdentifier,
     .slot = Slot::kEndReason, .part_of = "end_reason"},
    {.name = "ipVersion", .id = 60, .type = Type::kUnsigned8, .semantics = kIdentifier,
     .slot = Slot::kIpVersion, .column = "ip_version"},
    {.name = "protocolIdentifier", .id = 4, .type = Type::kUnsigned8, .semantics = kIdentifier,
     .slot = Slot::kProtocol, .column = "protocol"},
    {.name = "sourceTransportPort", .id = 7, .type = Type::kUnsigned16, .semantics = kIdentifier,
     .slot = Slot::kSourcePort, .column = "src_port"},
    {.name = "destinationTransportPort", .id = 11, .type = Type::kUnsigned16, .semantics = kIdentifier,
     .slot = Slot::kDestinationPort, .column = "dst_port"},

    // Counters. octetDeltaCount counts IP octets whatever accounting_mode says.
    {.name = "octetDeltaCount", .id = 1, .semantics = kDelta, .units = kOctets,
     .slot = Slot::kIpOctets, .reversible = true},
    {.name = "packetDeltaCount", .id = 2, .semantics = kDelta, .units = kPacketUnits,
     .slot = Slot::kPackets, .reversible = true,
     .column = "src2dst_packets", .reverse_column = "dst2src_packets"},
    // One byte of the two: nfacctd 1.7.7 reads the longer form as 0.
    {.name = "tcpControlBits", .id = 6, .type = Type::kUnsigned16, .length = 1, .semantics = kFlagBits,
     .slot = Slot::kTcpFlags, .reversible = true},
    {.name = "vlanId", .id = 58, .type = Type::kUnsigned16, .semantics = kIdentifier,
     .slot = Slot::kVlan, .column = "vlan_id"},
    {.name = "sourceMacAddress", .id = 56, .type = Type::kMacAddress,
     .slot = Slot::kSourceMac, .profile = kExtended, .column = "src_mac"},
    {.name = "destinationMacAddress", .id = 80, .type = Type::kMacAddress,
     .slot = Slot::kDestinationMac, .profile = kExtended, .column = "dst_mac"},
    // RFC 6759: engine 22 (nDPI) and its number.
    {.name = "applicationId", .id = 95, .type = Type::kOctetArray, .length = 4, .semantics = kIdentifier,
     .slot = Slot::kApplicationId, .presence = Presence::kDissection, .part_of = "application_name"},
    {.name = "ingressInterface", .id = 10, .type = Type::kUnsigned32, .semantics = kIdentifier,
     .slot = Slot::kInterface, .interfaces = true},
    {.name = "flowId", .id = 148, .semantics = kIdentifier,
     .slot = Slot::kFlowUid, .column = "flow_uid"},
    {.name = "biflowDirection", .id = 239, .type = Type::kUnsigned8, .semantics = kIdentifier,
     .slot = Slot::kInitiator, .biflows = kSplit},

    // What accounting_mode counts, beside IP octets. A frame has its octets in every mode.
    {.name = "layer2OctetDeltaCount", .id = 352, .semantics = kDelta, .units = kOctets,
     .slot = Slot::kFrameOctets, .reversible = true, .profile = kExtended},
    {.name = "transportOctetDeltaCount", .id = 401, .semantics = kDelta, .units = kOctets,
     .slot = Slot::kAccountedOctets, .reversible = true, .profile = kExtended, .modes = kTransportMode,
     .column = "src2dst_bytes", .reverse_column = "dst2src_bytes"},
    {.name = "initiatorOctets", .id = 231, .semantics = kDelta, .units = kOctets,
     .slot = Slot::kAccountedOctets, .profile = kExtended, .modes = kPayloadMode, .biflows = kBiflow,
     .column = "src2dst_bytes"},
    {.name = "responderOctets", .id = 232, .semantics = kDelta, .units = kOctets,
     .slot = Slot::kAccountedOctetsReverse, .profile = kExtended, .modes = kPayloadMode,
     .biflows = kBiflow, .column = "dst2src_bytes"},
    {.name = "fgPayloadOctets", .id = 1038, .own = true, .semantics = kDelta, .units = kOctets,
     .slot = Slot::kAccountedOctets, .profile = kExtended, .modes = kPayloadMode, .biflows = kSplit,
     .column = "src2dst_bytes", .meaning = "octets behind the transport header"},

    {.name = "fgTunnelId", .id = 1020, .own = true, .type = Type::kUnsigned8, .semantics = kIdentifier,
     .slot = Slot::kTunnel, .profile = kExtended, .presence = Presence::kTunnels, .column = "tunnel_id",
     .meaning = "innermost decoded tunnel: 0 none, 1 GTP-U, 2 CAPWAP, 3 TZSP, 4 L2TP, 5 VXLAN, 6 GENEVE, 7 GRE, 8 ERSPAN, 9 Teredo"},
    {.name = "fgApplicationGuessed", .id = 1021, .own = true, .type = Type::kUnsigned8, .semantics = kIdentifier,
     .slot = Slot::kGuessed, .profile = kExtended, .presence = Presence::kDissection,
     .column = "application_is_guessed", .meaning = "1 when the application was guessed from port or address"},
    {.name = "fgApplicationConfidence", .id = 1022, .own = true, .type = Type::kUnsigned8, .semantics = kIdentifier,
     .slot = Slot::kConfidence, .profile = kExtended, .presence = Presence::kDissection,
     .ntop = {35632, 560}, .column = "application_confidence",
     .meaning = "0 unknown, 1 port, 3 partial, 4 partial from cache, 5 cache, 6 dissected, 7 address"},

    // Whose sockets they are. Ours speak of the flow, ntop's of the two ends: a record has the
    // process under one of these, or both.
    {.name = "fgProcessId", .id = 1001, .own = true, .type = Type::kUnsigned32, .semantics = kIdentifier,
     .slot = Slot::kProcessId, .profile = kExtended, .presence = kVisibility, .vocabularies = kNotNtop,
     .column = "system_process_pid", .meaning = "process at the flow's source if that is the exporter's machine, else at its destination; 0: not known"},
    {.name = "fgPeerProcessId", .id = 1002, .own = true, .type = Type::kUnsigned32, .semantics = kIdentifier,
     .slot = Slot::kPeerProcessId, .profile = kExtended, .presence = kVisibility, .vocabularies = kNotNtop,
     .column = "system_peer_process_pid", .meaning = "process at the flow's destination if both ends are the exporter's machine; 0: not known"},
    {.name = "fgProcessUserId", .id = 1003, .own = true, .type = Type::kUnsigned32, .semantics = kIdentifier,
     .slot = Slot::kProcessUserId, .profile = kExtended, .presence = kVisibility, .vocabularies = kNotNtop,
     .column = "system_process_uid", .meaning = "user of the socket of fgProcessId; 4294967295: not known"},
    {.name = "srcProcPid", .type = Type::kUnsigned32, .semantics = kIdentifier, .slot = Slot::kSourceProcessId,
     .profile = kExtended, .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 168},
     .part_of = "system_process_pid"},
    {.name = "dstProcPid", .type = Type::kUnsigned32, .semantics = kIdentifier, .slot = Slot::kDestinationProcessId,
     .profile = kExtended, .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 375},
     .part_of = "system_process_pid", .also_part_of = "system_peer_process_pid"},
    {.name = "srcProcUid", .type = Type::kUnsigned32, .semantics = kIdentifier, .slot = Slot::kSourceUserId,
     .profile = kExtended, .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 425},
     .part_of = "system_process_uid"},
    {.name = "dstProcUid", .type = Type::kUnsigned32, .semantics = kIdentifier, .slot = Slot::kDestinationUserId,
     .profile = kExtended, .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 426},
     .part_of = "system_process_uid", .also_part_of = "system_peer_process_pid"},

    // Packet sizes, by accounting mode.
    {.name = "minimumIpTotalLength", .id = 25, .length = 4, .units = kOctets,
     .slot = Slot::kRowMinSize, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .modes = kIpMode, .column = "src2dst_min_ps", .reverse_column = "dst2src_min_ps"},
    {.name = "maximumIpTotalLength", .id = 26, .length = 4, .units = kOctets,
     .slot = Slot::kRowMaxSize, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .modes = kIpMode, .column = "src2dst_max_ps", .reverse_column = "dst2src_max_ps"},
    {.name = "octetDeltaSumOfSquares", .id = 198,
     .slot = Slot::kRowSizeSquares, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .modes = kIpMode, .vocabularies = kIana},
    {.name = "minimumLayer2TotalLength", .id = 422, .length = 4, .units = kOctets,
     .slot = Slot::kRowMinSize, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .modes = kLinkMode, .column = "src2dst_min_ps", .reverse_column = "dst2src_min_ps"},
    {.name = "maximumLayer2TotalLength", .id = 423, .length = 4, .units = kOctets,
     .slot = Slot::kRowMaxSize, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .modes = kLinkMode, .column = "src2dst_max_ps", .reverse_column = "dst2src_max_ps"},
    {.name = "layer2OctetDeltaSumOfSquares", .id = 428, .units = kOctets,
     .slot = Slot::kRowSizeSquares, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .modes = kLinkMode, .vocabularies = kIana},
    {.name = "fgMinPs", .id = 1030, .own = true, .type = Type::kUnsigned32, .semantics = kQuantity, .units = kOctets,
     .slot = Slot::kRowMinSize, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .modes = kTransportMode | kPayloadMode, .column = "src2dst_min_ps", .reverse_column = "dst2src_min_ps",
     .meaning = "smallest packet size by accounting mode"},
    {.name = "fgMaxPs", .id = 1031, .own = true, .type = Type::kUnsigned32, .semantics = kQuantity, .units = kOctets,
     .slot = Slot::kRowMaxSize, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .modes = kTransportMode | kPayloadMode, .column = "src2dst_max_ps", .reverse_column = "dst2src_max_ps",
     .meaning = "largest packet size by accounting mode"},

    // Packets with a TCP flag: synTotalCount and so on (RFC 5477's numbers 218 to 223).
    {.name = "tcpSynTotalCount", .id = 218, .semantics = kTotal, .units = kPacketUnits,
     .slot = flag(0), .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_syn_packets", .reverse_column = "dst2src_syn_packets"},
    {.name = "tcpFinTotalCount", .id = 219, .semantics = kTotal, .units = kPacketUnits,
     .slot = flag(7), .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_fin_packets", .reverse_column = "dst2src_fin_packets"},
    {.name = "tcpRstTotalCount", .id = 220, .semantics = kTotal, .units = kPacketUnits,
     .slot = flag(6), .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_rst_packets", .reverse_column = "dst2src_rst_packets"},
    {.name = "tcpPshTotalCount", .id = 221, .semantics = kTotal, .units = kPacketUnits,
     .slot = flag(5), .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_psh_packets", .reverse_column = "dst2src_psh_packets"},
    {.name = "tcpAckTotalCount", .id = 222, .semantics = kTotal, .units = kPacketUnits,
     .slot = flag(4), .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_ack_packets", .reverse_column = "dst2src_ack_packets"},
    {.name = "tcpUrgTotalCount", .id = 223, .semantics = kTotal, .units = kPacketUnits,
     .slot = flag(3), .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_urg_packets", .reverse_column = "dst2src_urg_packets"},
    {.name = "fgTcpCwrTotalCount", .id = 1036, .own = true, .semantics = kTotal, .units = kPacketUnits,
     .slot = flag(1), .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_cwr_packets", .reverse_column = "dst2src_cwr_packets",
     .meaning = "packets with TCP flag CWR"},
    {.name = "fgTcpEceTotalCount", .id = 1037, .own = true, .semantics = kTotal, .units = kPacketUnits,
     .slot = flag(2), .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_ece_packets", .reverse_column = "dst2src_ece_packets",
     .meaning = "packets with TCP flag ECE"},

    {.name = "fgMeanPs", .id = 1010, .own = true, .type = Type::kFloat64, .semantics = kQuantity, .units = kOctets,
     .slot = Slot::kRowMeanSize, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_mean_ps", .reverse_column = "dst2src_mean_ps",
     .meaning = "mean packet size by accounting mode"},
    {.name = "fgStddevPs", .id = 1011, .own = true, .type = Type::kFloat64, .semantics = kQuantity, .units = kOctets,
     .slot = Slot::kRowDeviationSize, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_stddev_ps", .reverse_column = "dst2src_stddev_ps",
     .meaning = "sample deviation of packet size by accounting mode"},
    {.name = "fgBidirectionalMinPs", .id = 1032, .own = true, .type = Type::kUnsigned32, .semantics = kQuantity,
     .units = kOctets, .slot = Slot::kMinSize, .profile = kFull, .presence = Presence::kStatistics,
     .biflows = kBiflow, .column = "bidirectional_min_ps", .meaning = "smallest packet size, both directions"},
    {.name = "fgBidirectionalMeanPs", .id = 1033, .own = true, .type = Type::kFloat64, .semantics = kQuantity,
     .units = kOctets, .slot = Slot::kMeanSize, .profile = kFull, .presence = Presence::kStatistics,
     .biflows = kBiflow, .column = "bidirectional_mean_ps", .meaning = "mean packet size, both directions"},
    {.name = "fgBidirectionalStddevPs", .id = 1034, .own = true, .type = Type::kFloat64, .semantics = kQuantity,
     .units = kOctets, .slot = Slot::kDeviationSize, .profile = kFull, .presence = Presence::kStatistics,
     .biflows = kBiflow, .column = "bidirectional_stddev_ps",
     .meaning = "sample deviation of packet size, both directions"},
    {.name = "fgBidirectionalMaxPs", .id = 1035, .own = true, .type = Type::kUnsigned32, .semantics = kQuantity,
     .units = kOctets, .slot = Slot::kMaxSize, .profile = kFull, .presence = Presence::kStatistics,
     .biflows = kBiflow, .column = "bidirectional_max_ps", .meaning = "largest packet size, both directions"},

    // Inter-arrival times.
    {.name = "fgMinPiat{unit}", .id = 1100, .id_step = 100, .own = true, .semantics = kQuantity, .units = kTicks,
     .slot = Slot::kRowMinGap, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_min_piat_{unit}", .reverse_column = "dst2src_min_piat_{unit}",
     .meaning = "shortest inter-arrival time"},
    {.name = "fgMeanPiat{unit}", .id = 1101, .id_step = 100, .own = true, .type = Type::kFloat64,
     .semantics = kQuantity, .units = kTicks,
     .slot = Slot::kRowMeanGap, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_mean_piat_{unit}", .reverse_column = "dst2src_mean_piat_{unit}",
     .meaning = "mean inter-arrival time"},
    {.name = "fgStddevPiat{unit}", .id = 1102, .id_step = 100, .own = true, .type = Type::kFloat64,
     .semantics = kQuantity, .units = kTicks,
     .slot = Slot::kRowDeviationGap, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_stddev_piat_{unit}", .reverse_column = "dst2src_stddev_piat_{unit}",
     .meaning = "sample deviation of inter-arrival time"},
    {.name = "fgMaxPiat{unit}", .id = 1103, .id_step = 100, .own = true, .semantics = kQuantity, .units = kTicks,
     .slot = Slot::kRowMaxGap, .reversible = true, .profile = kFull, .presence = Presence::kStatistics,
     .column = "src2dst_max_piat_{unit}", .reverse_column = "dst2src_max_piat_{unit}",
     .meaning = "longest inter-arrival time"},
    {.name = "fgBidirectionalMinPiat{unit}", .id = 1104, .id_step = 100, .own = true, .semantics = kQuantity,
     .units = kTicks, .slot = Slot::kMinGap, .profile = kFull, .presence = Presence::kStatistics,
     .biflows = kBiflow, .column = "bidirectional_min_piat_{unit}",
     .meaning = "shortest inter-arrival time, both directions"},
    {.name = "fgBidirectionalMeanPiat{unit}", .id = 1105, .id_step = 100, .own = true, .type = Type::kFloat64,
     .semantics = kQuantity, .units = kTicks, .slot = Slot::kMeanGap, .profile = kFull,
     .presence = Presence::kStatistics, .biflows = kBiflow, .column = "bidirectional_mean_piat_{unit}",
     .meaning = "mean inter-arrival time, both directions"},
    {.name = "fgBidirectionalStddevPiat{unit}", .id = 1106, .id_step = 100, .own = true, .type = Type::kFloat64,
     .semantics = kQuantity, .units = kTicks, .slot = Slot::kDeviationGap, .profile = kFull,
     .presence = Presence::kStatistics, .biflows = kBiflow, .column = "bidirectional_stddev_piat_{unit}",
     .meaning = "sample deviation of inter-arrival time, both directions"},
    {.name = "fgBidirectionalMaxPiat{unit}", .id = 1107, .id_step = 100, .own = true, .semantics = kQuantity,
     .units = kTicks, .slot = Slot::kMaxGap, .profile = kFull, .presence = Presence::kStatistics,
     .biflows = kBiflow, .column = "bidirectional_max_piat_{unit}",
     .meaning = "longest inter-arrival time, both directions"},

    // The last packet forward; the first is that of the flow, and those of the reverse direction
    // are the reverse of flowStart and flowEnd.
    {.name = "fgForwardEnd{unit}", .id = 1110, .id_step = 100, .own = true, .type = Type::kTime,
     .slot = Slot::kRowLast, .profile = kFull, .biflows = kBiflow, .column = "src2dst_last_seen_{unit}",
     .meaning = "last packet, source to destination"},

    // Texts.
    {.name = "applicationName", .id = 96, .type = Type::kString,
     .text = Text::kApplicationName, .profile = kExtended, .presence = Presence::kDissection,
     .column = "application_name"},
    {.name = "applicationCategoryName", .id = 372, .type = Type::kString,
     .text = Text::kCategoryName, .profile = kExtended, .presence = Presence::kDissection,
     .column = "application_category_name"},
    {.name = "httpRequestHost", .id = 460, .type = Type::kString,
     .text = Text::kHttpHost, .profile = kExtended, .presence = Presence::kDissection,
     .part_of = "requested_server_name"},
    {.name = "httpUserAgent", .id = 468, .type = Type::kString,
     .text = Text::kUserAgent, .profile = kExtended, .presence = Presence::kDissection,
     .column = "user_agent"},
    {.name = "httpContentType", .id = 469, .type = Type::kString,
     .text = Text::kContentType, .profile = kExtended, .presence = Presence::kDissection,
     .column = "content_type"},
    {.name = "tlsServerName", .type = Type::kString,
     .text = Text::kTlsServerName, .profile = kExtended, .presence = Presence::kDissection,
     .vocabularies = only(IpfixVocabulary::kCesnet) | only(IpfixVocabulary::kNtop),
     .cesnet = {8057, 808}, .ntop = {35632, 188}, .part_of = "requested_server_name"},
    {.name = "fgServerName", .id = 1023, .own = true, .type = Type::kString,
     .text = Text::kServerName, .profile = kExtended, .presence = Presence::kDissection,
     .column = "requested_server_name", .meaning = "TLS or QUIC server name, HTTP host, DNS query"},
    {.name = "fgClientFingerprint", .id = 1024, .own = true, .type = Type::kString,
     .text = Text::kClientFingerprint, .profile = kExtended, .presence = Presence::kDissection,
     .column = "client_fingerprint", .meaning = "JA3, HASSH or DHCP fingerprint of the client"},
    {.name = "fgServerFingerprint", .id = 1025, .own = true, .type = Type::kString,
     .text = Text::kServerFingerprint, .profile = kExtended, .presence = Presence::kDissection,
     .column = "server_fingerprint", .meaning = "JA3S or HASSH of the server"},
    {.name = "fgAlpn", .id = 1026, .own = true, .type = Type::kString,
     .text = Text::kAlpn, .profile = kExtended, .presence = Presence::kDissection, .column = "alpn",
     .meaning = "protocols that a TLS or QUIC client offered, between them a comma"},
    {.name = "fgTlsVersion", .id = 1027, .own = true, .type = Type::kString,
     .text = Text::kTlsVersion, .profile = kExtended, .presence = Presence::kDissection,
     .column = "tls_version", .meaning = "as TLSv1.3"},
    {.name = "fgRisks", .id = 1028, .own = true, .type = Type::kString,
     .text = Text::kRisks, .profile = kExtended, .presence = Presence::kDissection, .column = "risks",
     .meaning = "what nDPI finds suspicious: its names, between them a vertical bar"},
    {.name = "fgEndReason", .id = 1029, .own = true, .type = Type::kString,
     .text = Text::kEndReason, .profile = kFull, .column = "end_reason",
     .meaning = "idle, active, end_of_input, shutdown, tcp_end, evicted or plugin"},

    // ntop's user name (372) is not taken: collectors that look at the number alone would take it
    // for applicationCategoryName.
    {.name = "fgProcessName", .id = 1004, .own = true, .type = Type::kString,
     .text = Text::kProcessName, .profile = kExtended, .presence = kVisibility, .vocabularies = kNotNtop,
     .column = "system_process_name", .meaning = "name of the process of fgProcessId"},
    {.name = "fgPeerProcessName", .id = 1005, .own = true, .type = Type::kString,
     .text = Text::kPeerProcessName, .profile = kExtended, .presence = kVisibility, .vocabularies = kNotNtop,
     .column = "system_peer_process_name", .meaning = "name of the process of fgPeerProcessId"},
    {.name = "fgUserName", .id = 1006, .own = true, .type = Type::kString,
     .text = Text::kUserName, .profile = kExtended, .presence = kVisibility,
     .column = "system_user", .meaning = "name of the user of the socket"},
    {.name = "fgContainerId", .id = 1007, .own = true, .type = Type::kString,
     .text = Text::kContainer, .profile = kExtended, .presence = kVisibility, .vocabularies = kNotNtop,
     .column = "system_container_id", .meaning = "container of the process"},
    {.name = "fgSystemdUnit", .id = 1008, .own = true, .type = Type::kString,
     .text = Text::kUnit, .profile = kExtended, .presence = kVisibility,
     .column = "system_unit", .meaning = "unit of systemd of the process"},
    {.name = "fgProcessMatch", .id = 1009, .own = true, .type = Type::kString,
     .text = Text::kMatch, .profile = kExtended, .presence = kVisibility,
     .column = "system_match", .meaning = "how the process was found: event, exact, udp, listener, uid_only, none"},
    {.name = "fgProcessReason", .id = 1060, .own = true, .type = Type::kString,
     .text = Text::kReason, .profile = kExtended, .presence = kVisibility,
     .column = "system_reason", .meaning = "ok, or why the process is not known: not_local, unseen, no_fd, ambiguous, denied, disabled"},
    {.name = "fgProcessExecutable", .id = 1061, .own = true, .type = Type::kString,
     .text = Text::kProcessExecutable, .profile = kFull, .presence = kVisibility,
     .column = "system_process_exe", .meaning = "path of the program of the process"},
    {.name = "fgCommandLine", .id = 1062, .own = true, .type = Type::kString,
     .text = Text::kCommandLine, .profile = kFull, .presence = kVisibility, .vocabularies = kNotNtop,
     .column = "system_process_cmdline", .meaning = "command line of the process"},
    {.name = "fgControlGroup", .id = 1063, .own = true, .type = Type::kString,
     .text = Text::kControlGroup, .profile = kFull, .presence = kVisibility,
     .column = "system_cgroup", .meaning = "path of the control group of the process"},
    {.name = "srcProcName", .type = Type::kString, .text = Text::kSourceProcessName, .profile = kExtended,
     .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 169},
     .part_of = "system_process_name"},
    {.name = "dstProcName", .type = Type::kString, .text = Text::kDestinationProcessName, .profile = kExtended,
     .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 376},
     .part_of = "system_process_name", .also_part_of = "system_peer_process_name"},
    {.name = "srcProcContainerId", .type = Type::kString, .text = Text::kSourceContainer, .profile = kExtended,
     .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 558},
     .part_of = "system_container_id"},
    {.name = "dstProcContainerId", .type = Type::kString, .text = Text::kDestinationContainer, .profile = kExtended,
     .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 559},
     .part_of = "system_container_id", .also_part_of = "system_peer_process_name"},
    {.name = "srcProcCmdline", .type = Type::kString, .text = Text::kSourceCommandLine, .profile = kFull,
     .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 556},
     .part_of = "system_process_cmdline"},
    {.name = "dstProcCmdline", .type = Type::kString, .text = Text::kDestinationCommandLine, .profile = kFull,
     .presence = kVisibility, .vocabularies = kNtop, .ntop = {35632, 557},
     .part_of = "system_process_cmdline", .also_part_of = "system_peer_process_name"},

    // Early sequences: elements of which a basicList (RFC 6313) is made, as long as it is.
    {.name = "fgSpltDirection", .id = 1050, .own = true, .type = Type::kUnsigned8, .semantics = kIdentifier,
     .list = List::kDirections, .profile = kFull, .presence = Presence::kSequence, .vocabularies = kNotCesnet,
     .column = "splt_direction", .meaning = "direction of one of the first packets: 0 src2dst, 1 dst2src"},
    {.name = "fgSpltPs", .id = 1051, .own = true, .type = Type::kUnsigned32, .semantics = kQuantity,
     .units = kOctets, .list = List::kSizes, .profile = kFull, .presence = Presence::kSequence,
     .vocabularies = kNotCesnet, .column = "splt_ps", .meaning = "size of one of the first packets"},
    {.name = "fgSpltPiat{unit}", .id = 1111, .id_step = 100, .own = true, .semantics = kQuantity, .units = kTicks,
     .list = List::kGaps, .profile = kFull, .presence = Presence::kSequence, .vocabularies = kNotCesnet,
     .column = "splt_piat_{unit}", .meaning = "time since the packet before, of one of the first packets"},
    {.name = "packetDirections", .type = Type::kSigned8,
     .list = List::kSignedDirections, .profile = kFull, .presence = Presence::kSequence,
     .vocabularies = kCesnet, .cesnet = {8057, 1016}, .part_of = "splt_direction"},
    {.name = "packetSizes", .type = Type::kUnsigned16, .list = List::kShortSizes, .profile = kFull,
     .presence = Presence::kSequence, .vocabularies = kCesnet, .cesnet = {8057, 1013}, .part_of = "splt_ps"},
    {.name = "packetTimes", .type = Type::kMilliseconds, .list = List::kTimes, .profile = kFull,
     .presence = Presence::kSequence, .vocabularies = kCesnet, .cesnet = {8057, 1014}, .part_of = "splt_piat_{unit}"},
};
// clang-format on

}  // namespace

std::span<const IpfixElement> all_ipfix_elements() noexcept {
    return kElements;
}

}  // namespace flowgauge
