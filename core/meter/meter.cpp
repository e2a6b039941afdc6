#include "core/meter/meter.h"

#include "core/attribution/attribution.h"
#include "core/flow/early_sequence.h"
#include "core/flow/flow_extension.h"
#include "core/flow/flow_statistics.h"
#include "core/flow/layer_octets.h"
#include "core/flow/observed_shard.h"
#include "core/flow/tcp_closing.h"
#include "core/meter/record_layout.h"

#include <new>
#include <string>

namespace flowgauge {
namespace {

// Builds the shard by adding one observer after the other, in the order of RecordLayout. Each step
// doubles the number of combinations that the compiler writes out.
class Composition {
public:
    Composition(
        const MeterOptions& options,
        const ShardOptions& shard,
        NdpiModule* ndpi,
        DissectionDesk& desk,
        RecordOutlet& outlet,
        FlowExtension* extension
    ) noexcept
        : options_(options),
          shard_(shard),
          ndpi_(ndpi),
          desk_(desk),
          outlet_(outlet),
          extension_(extension) {}

    [[nodiscard]] std::unique_ptr<FlowShard> build() const { return with_statistics(); }

private:
    [[nodiscard]] std::unique_ptr<FlowShard> with_statistics() const {
        return options_.statistical_analysis ? with_layer_octets(StatisticsObserver{})
                                             : with_layer_octets();
    }

    template <typename... Observers>
    [[nodiscard]] std::unique_ptr<FlowShard> with_layer_octets(Observers... observers) const {
        return options_.layer_octets ? with_sequence(observers..., LayerOctetsObserver{})
                                     : with_sequence(observers...);
    }

    template <typename... Observers>
    [[nodiscard]] std::unique_ptr<FlowShard> with_sequence(Observers... observers) const {
        return options_.splt_analysis > 0
                   ? with_dissection(observers..., SequenceObserver{options_.splt_analysis})
                   : with_dissection(observers...);
    }

    template <typename... Observers>
    [[nodiscard]] std::unique_ptr<FlowShard> with_dissection(Observers... observers) const {
        if (ndpi_ == nullptr) {
            return with_extension(observers...);
        }
        return with_extension(
            observers...,
            DissectionObserver{options_.dissection, options_.flow.time_unit, *ndpi_, desk_}
        );
    }

    template <typename... Observers>
    [[nodiscard]] std::unique_ptr<FlowShard> with_extension(Observers... observers) const {
        if (extension_ == nullptr) {
            return with_all(observers...);
        }
        return with_all(
            observers...,
            ExtensionObserver{
                *extension_, *layout_of(options_).extension, options_.extension->state_bytes()}
        );
    }

    template <typename... Observers>
    [[nodiscard]] std::unique_ptr<FlowShard> with_all(Observers... observers) const {
        using Chain = ObserverChain<Observers...>;
        return std::make_unique<ObservedShard<Chain>>(shard_, Chain{observers...}, outlet_);
    }

    const MeterOptions& options_;
    const ShardOptions& shard_;
    NdpiModule* ndpi_;
    DissectionDesk& desk_;
    RecordOutlet& outlet_;
    FlowExtension* extension_;
};

}  // namespace

RecordLayout layout_of(const MeterOptions& options) noexcept {
    RecordLayout layout;
    std::size_t at = 0;
    if (options.statistical_analysis) {
        layout.statistics = at;
        at += aligned_state_bytes(StatisticsObserver::state_bytes());
    }
    if (options.layer_octets) {
        layout.layer_octets = at;
        at += aligned_state_bytes(LayerOctetsObserver::state_bytes());
    }
    if (options.splt_analysis > 0) {
        layout.sequence = at;
        at += aligned_state_bytes(SequenceObserver::state_bytes(options.splt_analysis));
    }
    if (options.dissection.enabled) {
        layout.application = at;
        at += aligned_state_bytes(DissectionObserver::state_bytes());
    }
    if (options.extension != nullptr) {
        layout.extension = at;
        at += aligned_state_bytes(options.extension->state_bytes());
    }
    at += TcpClosing::state_bytes(options.flow.end_on_tcp);
    if (options.attribution) {
        layout.attribution = at;
        at += aligned_state_bytes(sizeof(Attribution));
    }
    layout.bytes = at;
    return layout;
}

Result<std::unique_ptr<Meter>> Meter::open(
    const MeterOptions& options,
    std::uint64_t max_flows,
    FlowIdentity identity,
    RecordOutlet& outlet,
    FlowExtension* extension
) {
    std::unique_ptr<Meter> meter(new Meter);  // private constructor
    if (options.dissection.enabled) {
        Result<NdpiModule> module = NdpiModule::open(options.dissection);
        if (!module) {
            return std::move(module).error();
        }
        meter->ndpi_.emplace(std::move(module).value());
    }
    const ShardOptions shard{
        .flow = options.flow,
        .max_flows = max_flows,
        .identity = identity,
        .records_under_way_max =
            ShardOptions{}.records_under_way_max + (options.attribution ? kRecordsHeldMax : 0),
        .record_bytes = options.attribution ? aligned_state_bytes(sizeof(Attribution)) : 0};
    NdpiModule* ndpi = meter->ndpi_ ? &*meter->ndpi_ : nullptr;
    try {
        meter->shard_ = Composition(options, shard, ndpi, meter->desk_, outlet, extension).build();
    } catch (const std::bad_alloc&) {
        return Error{
            ErrorKind::kUsage,
            "max_flows: no addresses for " + std::to_string(max_flows) + " flows of " +
                std::to_string(sizeof(Flow) + layout_of(options).bytes) +
                " bytes; lower --max-flows or --splt-analysis, or raise the limit of the address "
                "space (ulimit -v)"};
    }
    return meter;
}

std::shared_ptr<const ApplicationNames> Meter::application_names() const {
    return ndpi_ ? ndpi_->names() : nullptr;
}

}  // namespace flowgauge
