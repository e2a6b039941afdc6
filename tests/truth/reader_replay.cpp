#include "tests/truth/reader_replay.h"

#include "capture/capture_file.h"
#include "core/dpi/dissection_observer.h"
#include "core/flow/packet_clock.h"
#include "core/meter/meter.h"
#include "core/meter/record_layout.h"
#include "core/packet/intake.h"

#include <algorithm>
#include <memory>

namespace flowgauge::truth {
namespace {

namespace fs = std::filesystem;

// Hands each record on at once, and releases it.
class EachOutlet final : public RecordOutlet {
public:
    EachOutlet(const RecordLayout& layout, const EachFlow& each) : layout_(layout), each_(&each) {}

    void attach(const Meter& meter) { names_ = meter.application_names(); }

    bool emit(const FlowRecord& record) override {
        (*each_
        )(*record.flow, DissectionObserver::read(record.cold + *layout_.application), *names_);
        return false;
    }
    void reached(Tick /*moment*/) override {}

private:
    RecordLayout layout_;
    const EachFlow* each_;
    std::shared_ptr<const ApplicationNames> names_;
};

}  // namespace

// ndpiReader is done with a flow once it has seen more than 80 TCP or 24 UDP packets; the one
// beyond is still dissected.
MeterOptions reader_options(const std::string& protocols_file) {
    MeterOptions options;
    options.decode.fragments = FragmentPolicy::kFirstOnly;
    options.decode.minimum_frame_bytes = 28;
    options.decode.require_whole_datagram = true;
    options.decode.check_ether_type = false;
    options.flow.idle_timeout = std::chrono::hours(24 * 365 * 100);
    options.flow.active_timeout = options.flow.idle_timeout;
    options.dissection.limits = {.tcp = 81, .udp = 25, .other = kDissectWithoutLimit};
    options.dissection.protocols_file = protocols_file;
    return options;
}

Result<void> replay(const fs::path& capture, const MeterOptions& options, const EachFlow& each) {
    Result<std::unique_ptr<CaptureFile>> file = CaptureFile::open(capture);
    if (!file) {
        return std::move(file).error();
    }
    EachOutlet outlet(layout_of(options), each);
    Result<std::unique_ptr<Meter>> meter = Meter::open(options, 1U << 30, {}, outlet);
    if (!meter) {
        return std::move(meter).error();
    }
    outlet.attach(*meter.value());
    Intake intake(options.decode);
    PacketClock clock(options.flow.time_unit);
    Frame frame;
    while (file.value()->next(frame) == CaptureFile::Status::kFrame) {
        frame.wire_bytes = static_cast<std::uint32_t>(frame.bytes.size());  // the reader's "bytes"
        if (intake.decode(frame) == IntakeStep::kPacket && clock.stamp(intake.packet())) {
            meter.value()->shard().add(intake.packet());
        }
    }
    meter.value()->shard().finish(clock.now(), EndReason::kEndOfInput);
    return {};
}

std::vector<fs::path> captures_with_results(const fs::path& captures, const fs::path& expected) {
    std::vector<fs::path> paths;
    for (const fs::directory_entry& entry : fs::directory_iterator(captures)) {
        if (fs::exists(result_of(entry.path(), expected))) {
            paths.push_back(entry.path());
        }
    }
    std::ranges::sort(paths);
    return paths;
}

fs::path result_of(const fs::path& capture, const fs::path& expected) {
    return expected / (capture.filename().string() + ".out");
}

}  // namespace flowgauge::truth
