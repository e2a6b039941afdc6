#include "tests/support/full_record.h"

#include "core/flow/early_sequence.h"
#include "core/flow/flow_statistics.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <memory>
#include <new>
#include <utility>

namespace flowgauge::test {
namespace {

constexpr std::uint16_t kSequence = 8;
constexpr int kPackets = 40;

MeterOptions everything(TimeUnit unit) {
    MeterOptions options;
    options.flow.time_unit = unit;
    options.decode.decode_tunnels = TunnelSet::kNfstream;
    options.statistical_analysis = true;
    options.splt_analysis = kSequence;
    options.attribution = true;
    return options;
}

std::byte* bytes_of(std::vector<std::uint64_t>& words) {
    return reinterpret_cast<std::byte*>(words.data());
}

}  // namespace

Attribution sample_attribution() {
    Attribution attribution;
    attribution.owner = sample_owner("curl", 4321);
    attribution.peer = sample_owner("nginx", 80);
    attribution.match = OwnerMatch::kEvent;
    attribution.reason = OwnerReason::kOk;
    return attribution;
}

FullRecord::FullRecord(const FullRecordOptions& options)
    : options_(everything(options.unit)),
      context_{
          .layout = layout_of(options_),
          .time_unit = options.unit,
          .splt_analysis = kSequence,
          .application_names = std::make_shared<ApplicationNames>(
              std::vector<std::string>{"Unknown", "TLS", "Google"},
              std::vector<std::string>{"Unspecified", "Web"},
              std::vector<std::string>{"No risk", "Self-signed Cert", "Obsolete TLS Version"}
          )},
      cold_(context_.layout.bytes / sizeof(std::uint64_t) + 1) {
    play(options);
    auto* application = new (bytes_of(cold_) + *context_.layout.application) Application;
    *application = {
        .master = 1,
        .app = 2,
        .category = 1,
        .confidence = Confidence::kDissected,
        .guessed = true,
        .risks = 0b110,
        .metadata = std::make_unique<ApplicationMetadata>(options.metadata)};
    new (bytes_of(cold_) + *context_.layout.attribution) Attribution(options.attribution);
    record_ = {
        .flow = &flow_, .cold = bytes_of(cold_), .slot = 0, .end_reason = EndReason::kActive};
}

FullRecord::~FullRecord() {
    std::byte* cold = bytes_of(cold_);
    StatisticsObserver::discard(cold + *context_.layout.statistics);
    std::destroy_at(std::launder(reinterpret_cast<Application*>(cold + *context_.layout.application)
    ));
    std::destroy_at(std::launder(reinterpret_cast<Attribution*>(cold + *context_.layout.attribution)
    ));
}

// Gaps of 0 to 299 ticks and sizes of 60 to 1513 bytes, in no pattern.
void FullRecord::play(const FullRecordOptions& options) {
    const SequenceObserver sequence(kSequence);
    std::byte* cold = bytes_of(cold_);
    Tick now = options.first;
    for (int i = 0; i < kPackets; ++i) {
        const bool back = i % 3 == 1;
        const auto direction = static_cast<std::size_t>(back);
        const Tick gap = i == 0 ? 0 : i * 7919 % 300;
        now += gap;
        const auto bytes = static_cast<std::uint32_t>(60 + i * 104'729 % 1454);
        const Packet packet = tcp_packet(
            back ? options.destination : options.source,
            back ? options.source : options.destination,
            {.tick = now, .bytes = bytes, .vlan_id = 42, .tcp_flags = 0x18}
        );
        if (i == 0) {
            const OrientedKey key = key_of(packet);
            flow_.key = key.key;
            flow_.from_upper = key.from_upper;
            flow_.flow_uid = 0xfedcba9876543210;
            flow_.source_mac = {0x00, 0x00, 0x5e, 0x00, 0x53, 0x23};
            flow_.destination_mac = {0x00, 0x00, 0x5e, 0x00, 0x53, 0xaf};
        }
        const bool first_of_direction = flow_.packets[direction] == 0;
        const Tick direction_gap = first_of_direction ? 0 : now - flow_.last_seen[direction];
        if (first_of_direction) {
            flow_.first_seen[direction] = now;
        }
        flow_.last_seen[direction] = now;
        ++flow_.packets[direction];
        flow_.bytes[direction] += bytes;
        const FlowEvent event{
            .packet = packet,
            .flow = flow_,
            .direction = static_cast<Direction>(back),
            .bytes = bytes,
            .gap = gap,
            .direction_gap = direction_gap};
        if (i == 0) {
            StatisticsObserver::init(cold + *context_.layout.statistics, event);
            sequence.init(cold + *context_.layout.sequence, event);
        } else {
            StatisticsObserver::update(cold + *context_.layout.statistics, event);
            sequence.update(cold + *context_.layout.sequence, event);
        }
    }
}

std::vector<const Column*> FullRecord::columns() const {
    return select_columns("all", options_).value();
}

}  // namespace flowgauge::test
