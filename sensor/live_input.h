// LiveInput: one input of interfaces: its workers, and the rings that come and go with the
// interfaces.
//
// The workers, their shards and the hand-over between them last as long as the process. Each
// interface that the input selects gives every worker one ring, all of a fanout group; an interface
// that is deleted takes its rings along, and brings new ones when it is made again. So nothing that
// happens to interfaces ends a flow or loses a counter.
#pragma once

#include "capture/cpu_placement.h"
#include "capture/interface_selection.h"
#include "capture/link_table.h"
#include "capture/ring_group.h"
#include "config/settings.h"
#include "core/base/result.h"
#include "pipeline/export_line.h"
#include "sensor/handoff_board.h"
#include "sensor/live_worker.h"
#include "sensor/stop_request.h"
#include "telemetry/sensor_statistics.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace flowgauge {

// The interfaces of the machine at one moment.
struct LinkView {
    const std::vector<Link>& links;
    const std::optional<std::string>& default_route;
};

// Thread: the control thread's; the workers run inside. Ownership: owns rings, board and threads,
// refers to lanes, clock, table of interfaces and stop request.
class LiveInput {
public:
    // Makes the workers on `lanes`, one each. No interface is opened.
    // Errors: kUsage where CPUs that were asked for do not exist.
    [[nodiscard]] static Result<std::unique_ptr<LiveInput>> open(
        const Settings& settings,
        InputSettings input,
        std::vector<MeterLane*> lanes,
        InterfaceTable& interfaces,
        SystemClock& clock
    );

    // What went by before reconcile(): an interface may be up again by then.
    void hear(const LinkEvent& event);

    // Opens rings on interfaces that appeared, and lets go of those that are gone. Says what it
    // did. Returns the first failure to open one, which is tried again with the next call.
    // `ring_workers`: rings that are about to be opened in all, which share the memory.
    [[nodiscard]] Result<void> reconcile(const LinkView& view, std::uint32_t ring_workers);

    // Starts the workers; then reception, on every interface that is open.
    void start(const StopRequest& stop);
    [[nodiscard]] Result<void> open_gates();

    // Waits for the workers to drain. Requires: a stop request.
    void join();

    // A reload. The filter is put in place on all interfaces or, if it does not compile, on none.
    [[nodiscard]] Result<void> check_filter(const std::string& filter) const;
    [[nodiscard]] Result<void> replace_filter(const std::string& filter);
    void send(const std::shared_ptr<const LiveSettings>& settings);

    // One request for each worker.
    [[nodiscard]] std::vector<std::shared_ptr<FlowsRequest>> request_flows(std::size_t limit);

    [[nodiscard]] const InputSettings& settings() const noexcept { return input_; }
    [[nodiscard]] const std::vector<std::unique_ptr<LiveWorker>>& workers() const noexcept {
        return workers_;
    }

    // Whether it captures on an interface now.
    [[nodiscard]] bool is_capturing() const noexcept;

    // Whether it ever did.
    [[nodiscard]] bool has_captured() const noexcept { return has_captured_; }

    // Interfaces that it would open, for planning memory.
    [[nodiscard]] std::size_t count_selected(const LinkView& view) const;

    [[nodiscard]] InputStatistics statistics() const;

private:
    // Rings on an interface, from when it appeared until the last worker has emptied its ring.
    struct Attachment {
        explicit Attachment(RingGroup opened) : group(std::move(opened)) {}

        RingGroup group;
        std::string name;  // now; an interface may be renamed
        std::uint8_t observation_point = 0;
        bool retired = false;
        std::size_t returned = 0;  // rings that workers have given back
    };

    // What is remembered of an interface of this name, whether or not it is there.
    struct Known {
        std::uint8_t observation_point = 0;
        bool up = false;
        bool present = false;
        std::uint64_t opened = 0;
        std::uint64_t downs = 0;
        std::uint64_t ring_bytes = 0;
        std::vector<std::string> hints;
        std::chrono::steady_clock::time_point gone_since{};
    };

    LiveInput(
        const Settings& settings,
        InputSettings input,
        const std::vector<MeterLane*>& lanes,
        InterfaceTable& interfaces
    );

    void retire_deleted(const LinkView& view);
    void follow_names(const std::vector<Link>& links);
    void note_state(const Attachment& attachment, bool is_up);
    void take_returned();
    void count_returned(const RingSource* ring) noexcept;
    [[nodiscard]] Result<void> attach(const Link& link, std::uint32_t ring_workers);
    [[nodiscard]] Known* know(const std::string& name);
    [[nodiscard]] Attachment* attachment_of(int index) noexcept;
    void tell_interface(const Link& link, std::uint8_t observation_point);
    void note_hints(Known& known, const Attachment& attachment);

    InputSettings input_;
    std::chrono::milliseconds idle_timeout_;
    PlacementPlan plan_;
    HandoffBoard board_;
    std::vector<std::unique_ptr<LiveWorker>> workers_;
    std::vector<std::unique_ptr<Attachment>> attachments_;
    std::map<std::string, Known> known_;
    InterfaceTable& interfaces_;
    std::vector<std::uint32_t> lane_numbers_;
    bool told_full_ = false;  // that interfaces_ has no room
    std::string problem_;
    bool gates_open_ = false;
    bool has_captured_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace flowgauge
