#include "sensor/live_input.h"

#include "capture/ring_memory.h"
#include "core/base/format.h"
#include "pipeline/worker_count.h"
#include "service/log.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>

namespace flowgauge {
namespace {

using Clock = std::chrono::steady_clock;

// The observation point of an interface that is gone may be another's after this long, when no flow
// of it can live any more.
constexpr std::chrono::seconds kPointKept{60};

// What top, ps and gdb call the thread: 15 characters at most.
void name_thread(const std::string& input, std::size_t worker) {
    const std::string number = std::to_string(worker);
    const std::string name = "fg-" + input.substr(0, 11 - number.size()) + "-" + number;
    static_cast<void>(::pthread_setname_np(::pthread_self(), name.c_str()));
}

}  // namespace

Result<std::unique_ptr<LiveInput>> LiveInput::open(
    const Settings& settings,
    InputSettings input,
    std::vector<MeterLane*> lanes,
    InterfaceTable& interfaces,
    SystemClock& clock
) {
    const auto workers = static_cast<std::uint32_t>(lanes.size());
    std::unique_ptr<LiveInput> live(new LiveInput(settings, std::move(input), lanes, interfaces));
    Result<CpuTopology> topology = read_topology();
    if (!topology) {
        return std::move(topology).error();
    }
    Result<PlacementPlan> plan = plan_placement(
        {.workers = workers,
         .cpus = live->input_.cpus,
         .allowed = allowed_cpus(),
         .interface_node = interface_node(live->input_.interface)},
        topology.value()
    );
    if (!plan) {
        return std::move(plan).error().within("inputs." + live->input_.name + ".cpus");
    }
    live->plan_ = std::move(plan).value();
    for (const std::string& note : live->plan_.notes) {
        log_info(note, {{"INPUT", live->input_.name}});
    }
    for (std::uint32_t i = 0; i < workers; ++i) {
        live->workers_.push_back(std::make_unique<LiveWorker>(
            LiveWorkerSetup{
                .meter = settings.meter,
                .ring_retire = live->input_.capture.ring_retire,
                .index = i,
                .fanout = live->input_.fanout,
                .flows_capacity = lanes[i]->flows_capacity},
            live->board_,
            *lanes[i],
            clock
        ));
    }
    return live;
}

LiveInput::LiveInput(
    const Settings& settings,
    InputSettings input,
    const std::vector<MeterLane*>& lanes,
    InterfaceTable& interfaces
)
    : input_(std::move(input)),
      idle_timeout_(settings.meter.flow.idle_timeout),
      board_(static_cast<std::uint32_t>(lanes.size()), settings.handoff_packets),
      interfaces_(interfaces) {
    for (const MeterLane* lane : lanes) {
        lane_numbers_.push_back(lane->worker);
    }
}

void LiveInput::start(const StopRequest& stop) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        threads_.emplace_back([this, &stop, i, own = workers_[i].get()] {
            name_thread(input_.name, i);
            if (Result<void> placed = apply_placement(plan_.workers[i]); !placed) {
                log_warning(placed.error().message, {{"INPUT", input_.name}});
            }
            own->run(stop.requested, stop.reason);
        });
    }
}

Result<void> LiveInput::open_gates() {
    gates_open_ = true;
    for (const std::unique_ptr<Attachment>& attachment : attachments_) {
        if (Result<void> started = attachment->group.start(); !started) {
            return started;
        }
    }
    return {};
}

void LiveInput::join() {
    for (std::jthread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

Result<void> LiveInput::reconcile(const LinkView& view, std::uint32_t ring_workers) {
    take_returned();
    retire_deleted(view);
    follow_names(view.links);  // before a new interface of an old name is attached
    Result<void> result;
    problem_.clear();
    const std::vector<Link> selected = select(input_.interface, view.links, view.default_route);
    for (const Link& link : selected) {
        if (attachment_of(link.index) == nullptr) {
            Result<void> attached = attach(link, ring_workers);
            if (!attached && result) {
                problem_ = attached.error().message;
                result = std::move(attached);
            }
        }
    }
    for (const Link& link : view.links) {
        if (const Attachment* attachment = attachment_of(link.index)) {
            note_state(*attachment, link.is_up);
            tell_interface(link, attachment->observation_point);
        }
    }
    if (!is_capturing() && problem_.empty()) {
        problem_ = why_none(input_.interface, view.links);
    }
    return result;
}

std::size_t LiveInput::count_selected(const LinkView& view) const {
    return select(input_.interface, view.links, view.default_route).size();
}

void LiveInput::retire_deleted(const LinkView& view) {
    for (const std::unique_ptr<Attachment>& attachment : attachments_) {
        const int index = attachment->group.interface().index;
        if (attachment->retired ||
            std::ranges::find(view.links, index, &Link::index) != view.links.end()) {
            continue;
        }
        attachment->retired = true;
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            workers_[i]->orders().send(RetireRing{.ring = &attachment->group.rings()[i]});
        }
        Known& known = known_.at(attachment->name);
        known.present = false;
        known.downs += known.up ? 1 : 0;  // else it is counted already
        known.up = false;
        known.gone_since = Clock::now();
        log_warning(
            attachment->name + ": the interface is gone; capture goes on when it is back",
            {{"INPUT", input_.name}, {"INTERFACE", attachment->name}, {"EVENT", "gone"}}
        );
    }
}

// Renamed: the rings go on by themselves; the operator hears of it. Names may have been swapped, so
// all that are left are taken out before those that are taken over are put in.
void LiveInput::follow_names(const std::vector<Link>& links) {
    std::vector<std::map<std::string, Known>::node_type> renamed;
    for (const Link& link : links) {
        Attachment* attachment = attachment_of(link.index);
        if (attachment == nullptr || attachment->name == link.name) {
            continue;
        }
        log_info(
            attachment->name + ": the interface is called " + link.name + " now; capture goes on",
            {{"INPUT", input_.name}, {"INTERFACE", link.name}, {"EVENT", "renamed"}}
        );
        renamed.push_back(known_.extract(attachment->name));
        renamed.back().key() = link.name;
        attachment->name = link.name;
    }
    for (auto& node : renamed) {
        known_.erase(node.key());  // was another interface's, which is gone
        known_.insert(std::move(node));
    }
}

void LiveInput::hear(const LinkEvent& event) {
    Attachment* attachment = attachment_of(event.link.index);
    if (attachment != nullptr && event.change == LinkChange::kDown) {
        note_state(*attachment, false);
    }
}

// Down and up: the rings go on by themselves.
void LiveInput::note_state(const Attachment& attachment, bool is_up) {
    Known& known = known_.at(attachment.name);
    if (known.up == is_up) {
        return;
    }
    known.up = is_up;
    known.downs += is_up ? 0 : 1;
    log_message(
        is_up ? Severity::kInfo : Severity::kWarning,
        attachment.name + (is_up ? ": the interface is up" : ": the interface is down"),
        {{"INPUT", input_.name}, {"INTERFACE", attachment.name}, {"EVENT", is_up ? "up" : "down"}}
    );
}

// Rings that every worker has emptied are closed.
void LiveInput::take_returned() {
    for (const std::unique_ptr<LiveWorker>& worker : workers_) {
        for (const RingSource* ring : worker->orders().take_returned()) {
            count_returned(ring);
        }
    }
    std::erase_if(attachments_, [this](const std::unique_ptr<Attachment>& attachment) {
        return attachment->retired && attachment->returned == workers_.size();
    });
}

void LiveInput::count_returned(const RingSource* ring) noexcept {
    for (const std::unique_ptr<Attachment>& attachment : attachments_) {
        std::vector<RingSource>& rings = attachment->group.rings();
        if (ring >= rings.data() && ring < rings.data() + rings.size()) {
            ++attachment->returned;
        }
    }
}

Result<void> LiveInput::attach(const Link& link, std::uint32_t ring_workers) {
    Known* known = know(link.name);
    if (known == nullptr) {
        return Error{
            ErrorKind::kSystem,
            format(
                "{}: input {} has {} interfaces already; give it an input of its own",
                link.name,
                input_.name,
                kObservationPointsMax
            )};
    }
    CaptureOptions options = input_.capture;
    options.interface = link.name;
    options.workers = static_cast<std::uint32_t>(workers_.size());
    options.memory_node = plan_.ring_node;
    options.fanout = input_.fanout;
    options.busy_poll = input_.busy_poll;
    Result<RingGeometry> geometry = plan_ring(
        {.bytes_per_worker = options.socket_buffer_size,
         .workers = std::max(ring_workers, options.workers),
         .available_bytes = available_memory(),
         .snapshot_length = effective_snapshot_length(options, link.is_loopback),
         .page_bytes = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE))}
    );
    if (!geometry) {
        return std::move(geometry).error().within(link.name);
    }
    Result<RingGroup> group = RingGroup::open(options, geometry.value());
    if (!group) {
        return std::move(group).error();
    }
    auto attachment = std::make_unique<Attachment>(std::move(group).value());
    attachment->name = link.name;
    attachment->observation_point = known->observation_point;
    if (gates_open_) {
        if (Result<void> started = attachment->group.start(); !started) {
            return started;
        }
    }
    known->present = true;
    known->up = link.is_up;
    known->ring_bytes = geometry.value().bytes() * workers_.size();
    ++known->opened;
    has_captured_ = true;
    note_hints(*known, *attachment);
    tell_interface(link, attachment->observation_point);  // before the first record names it
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->orders().send(AttachRing{
            .ring = &attachment->group.rings()[i],
            .observation_point = attachment->observation_point});
    }
    log_info(
        format(
            "{}: capturing{}, {} ring{} of {} MiB",
            link.name,
            known->opened > 1 ? " again" : "",
            workers_.size(),
            workers_.size() == 1 ? "" : "s",
            geometry.value().bytes() >> 20
        ),
        {{"INPUT", input_.name}, {"INTERFACE", link.name}, {"EVENT", "capturing"}}
    );
    attachments_.push_back(std::move(attachment));
    return {};
}

// For sinks that name interfaces: IPFIX.
void LiveInput::tell_interface(const Link& link, std::uint8_t observation_point) {
    const IpfixInterface interface {
        .index = static_cast<std::uint32_t>(link.index), .name = link.name,
        .description = link.alias
    };
    if (!interfaces_.set(lane_numbers_, observation_point, interface) && !told_full_) {
        told_full_ = true;
        log_warning(
            format(
                "{}: IPFIX names {} interfaces at most; flows of further ones have "
                "ingressInterface 0",
                link.name,
                InterfaceTable::kInterfacesMax
            ),
            {{"INPUT", input_.name}, {"INTERFACE", link.name}}
        );
    }
}

// Hints are said once for each interface, not each time that it comes back.
void LiveInput::note_hints(Known& known, const Attachment& attachment) {
    for (const std::string& note : attachment.group.notes()) {
        if (std::ranges::find(known.hints, note) == known.hints.end()) {
            log_warning(note, {{"INPUT", input_.name}, {"INTERFACE", attachment.name}});
        }
    }
    known.hints = attachment.group.notes();
}

// An interface of the same name keeps its observation point, so its flows go on. Returns nullptr
// when all points are taken.
LiveInput::Known* LiveInput::know(const std::string& name) {
    if (const auto found = known_.find(name); found != known_.end()) {
        return &found->second;
    }
    const auto old = Clock::now() - std::max<Clock::duration>(kPointKept, idle_timeout_);
    std::erase_if(known_, [&](const auto& entry) {
        const Known& known = entry.second;
        return known_.size() >= kObservationPointsMax && !known.present && known.gone_since < old;
    });
    for (std::size_t point = 0; point < kObservationPointsMax; ++point) {
        const bool taken = std::ranges::any_of(known_, [point](const auto& entry) {
            return entry.second.observation_point == point;
        });
        if (!taken) {
            Known& known = known_[name];
            known.observation_point = static_cast<std::uint8_t>(point);
            known.gone_since = Clock::now();
            return &known;
        }
    }
    return nullptr;
}

LiveInput::Attachment* LiveInput::attachment_of(int index) noexcept {
    for (const std::unique_ptr<Attachment>& attachment : attachments_) {
        if (!attachment->retired && attachment->group.interface().index == index) {
            return attachment.get();
        }
    }
    return nullptr;
}

bool LiveInput::is_capturing() const noexcept {
    return std::ranges::any_of(attachments_, [](const auto& attachment) {
        return !attachment->retired;
    });
}

Result<void> LiveInput::check_filter(const std::string& filter) const {
    for (const std::unique_ptr<Attachment>& attachment : attachments_) {
        if (attachment->retired) {
            continue;
        }
        if (Result<void> valid = attachment->group.check_filter(filter); !valid) {
            return valid;
        }
    }
    return {};
}

// Whatever fails on one interface, the others and those to come have the new filter.
Result<void> LiveInput::replace_filter(const std::string& filter) {
    input_.capture.bpf_filter = filter;
    Result<void> result;
    for (const std::unique_ptr<Attachment>& attachment : attachments_) {
        if (attachment->retired) {
            continue;
        }
        Result<void> replaced = attachment->group.replace_filter(filter);
        if (!replaced && result) {
            result = std::move(replaced);
        }
    }
    return result;
}

void LiveInput::send(const std::shared_ptr<const LiveSettings>& settings) {
    idle_timeout_ = settings->idle_timeout;
    for (const std::unique_ptr<LiveWorker>& worker : workers_) {
        worker->orders().send(settings);
    }
}

std::vector<std::shared_ptr<FlowsRequest>> LiveInput::request_flows(std::size_t limit) {
    std::vector<std::shared_ptr<FlowsRequest>> requests;
    for (const std::unique_ptr<LiveWorker>& worker : workers_) {
        requests.push_back(std::make_shared<FlowsRequest>(limit));
        worker->orders().send(requests.back());
    }
    return requests;
}

InputStatistics LiveInput::statistics() const {
    InputStatistics statistics{
        .name = input_.name,
        .state = is_capturing() ? InputState::kCapturing : InputState::kWaiting,
        .source = input_.interface,
        .filter = input_.capture.bpf_filter,
        .interfaces = {},
        .problem = problem_};
    for (const auto& [name, known] : known_) {
        statistics.interfaces.push_back(
            {.name = name,
             .present = known.present,
             .up = known.up,
             .opened = known.opened,
             .downs = known.downs,
             .ring_bytes = known.ring_bytes,
             .hints = known.hints}
        );
    }
    return statistics;
}

}  // namespace flowgauge
