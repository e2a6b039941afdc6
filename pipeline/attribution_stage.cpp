#include "pipeline/attribution_stage.h"

#include <poll.h>

#include <algorithm>
#include <new>
#include <utility>

namespace flowgauge {
namespace {

// Records that are let go in one turn: rings wait meanwhile.
constexpr int kTurnRecords = 256;

// At the end workers have nothing else to do.
constexpr int kLookPauseMs = 2;
constexpr int kLookPausesMax = 1000;

}  // namespace

FlowEnds ends_of(const Flow& flow, TimeUnit unit, EndOnTcp end_on_tcp) noexcept {
    const LookTime nanoseconds_per_tick = 1'000'000'000 / ticks_per_second(unit);
    return {
        .source = flow.source(),
        .destination = flow.destination(),
        .source_port = flow.source_port(),
        .destination_port = flow.destination_port(),
        .protocol = flow.key.protocol(),
        .ip_version = flow.key.ip_version(),
        .begins = (flow.tcp_seen & kTcpBegins) != 0,
        .closed = (flow.tcp_seen & (kTcpFin | kTcpRst)) != 0,
        .one_connection = end_on_tcp != EndOnTcp::kNone,
        .first = flow.first() * nanoseconds_per_tick,
        .last = flow.last() * nanoseconds_per_tick,
        .unit = nanoseconds_per_tick};
}

AttributionStage::AttributionStage(const Options& options, RecordOutlet& next)
    : options_(options),
      next_(next),
      nanoseconds_per_tick_(1'000'000'000 / ticks_per_second(options.time_unit)) {}

void AttributionStage::connect(SnapshotReader& looks, std::function<void()> hurry) {
    looks_ = &looks;
    hurry_ = std::move(hurry);
}

bool AttributionStage::emit(const FlowRecord& record) {
    now_ = std::max(now_, record.moment);
    Finding finding = find(record);
    if (finding.settled) {
        return pass_on(record, std::move(finding.attribution));
    }
    if (held_.size() >= options_.held_max) {
        ++counters_.unheld;
        return pass_on(record, std::move(finding.attribution));
    }
    held_.push_back({.record = record, .until = now_ + patience(), .looks = look_});
    ++counters_.waited;
    counters_.waiting = held_.size();
    return true;
}

void AttributionStage::reached(Tick moment) {
    now_ = std::max(now_, moment == kTickMax ? now_ : moment);
    turn();
    next_.reached(moment);
}

void AttributionStage::release(const FlowRecord& record) {
    auto* attribution = std::launder(reinterpret_cast<Attribution*>(record.cold + options_.place));
    attribution->~Attribution();
    shard_->release(record);
}

void AttributionStage::turn() {
    if (looks_ != nullptr && looks_->update()) {
        ++look_;
    }
    for (int i = 0; i < kTurnRecords && !held_.empty(); ++i) {
        const bool late = held_.front().until <= now_;
        if (held_.front().looks == look_ && !late) {
            break;  // so are those behind it
        }
        Held held = held_.front();
        held_.pop_front();
        Finding finding = find(held.record);
        if (finding.settled || late) {
            let_go(held, std::move(finding.attribution));
        } else {
            held.looks = look_;
            held_.push_back(held);
        }
    }
    counters_.waiting = held_.size();
}

void AttributionStage::begin_to_finish(Tick now) {
    now_ = std::max(now_, now);
    if (looks_ == nullptr) {
        return;
    }
    hurry_();
    const LookTime until = now * nanoseconds_per_tick_;
    for (int i = 0; i < kLookPausesMax; ++i) {
        turn();
        if (looks_->snapshot() != nullptr && looks_->snapshot()->covered() >= until) {
            return;
        }
        static_cast<void>(::poll(nullptr, 0, kLookPauseMs));
    }
}

void AttributionStage::finish() {
    while (!held_.empty()) {
        const Held held = held_.front();
        held_.pop_front();
        let_go(held, find(held.record).attribution);
    }
    counters_.waiting = 0;
}

Finding AttributionStage::find(const FlowRecord& record) const {
    if (looks_ == nullptr) {
        return {};
    }
    if (looks_->snapshot() == nullptr) {
        return {.attribution = {}, .settled = false};
    }
    return looks_->snapshot()->find(ends_of(*record.flow, options_.time_unit, options_.end_on_tcp));
}

bool AttributionStage::pass_on(const FlowRecord& record, Attribution attribution) {
    ++counters_.by_match[static_cast<std::size_t>(attribution.match)];
    ++counters_.by_reason[static_cast<std::size_t>(attribution.reason)];
    const Flow& flow = *record.flow;
    processes_.add(
        attribution.owner == nullptr ? std::string_view() : attribution.owner->name,
        {.flows = 1, .packets = flow.all_packets(), .bytes = flow.all_bytes()}
    );
    auto* place = ::new (static_cast<void*>(record.cold + options_.place))
        Attribution(std::move(attribution));
    if (next_.emit(record)) {
        return true;
    }
    place->~Attribution();
    return false;
}

void AttributionStage::let_go(const Held& held, Attribution attribution) {
    if (!pass_on(held.record, std::move(attribution))) {
        shard_->release(held.record);
    }
}

// Twice as long as a look may take to come, with time for the first one.
Tick AttributionStage::patience() const noexcept {
    constexpr LookTime kSecond = 1'000'000'000;
    const Snapshot* snapshot = looks_->snapshot();
    return (kSecond + (snapshot == nullptr ? kSecond : 2 * snapshot->parts().period)) /
           nanoseconds_per_tick_;
}

}  // namespace flowgauge
