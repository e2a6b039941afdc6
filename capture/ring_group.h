// RingGroup: all rings of one interface. The kernel spreads packets over them by steering_hash() of
// the outermost address pair, so that a ring and the flows of its worker belong together; or, with
// FanoutMode::kCpu, by the CPU that received them.
#pragma once

#include "capture/capture_options.h"
#include "capture/live_filter.h"
#include "capture/network_interface.h"
#include "capture/ring_memory.h"
#include "capture/ring_source.h"
#include "core/base/result.h"
#include "core/packet/link_type.h"

#include <string>
#include <vector>

namespace flowgauge {

// Thread: built, started and destroyed by one thread. In between each ring belongs to its worker,
// and replace_filter() may be called by the first thread. A group never shrinks while it runs: the
// kernel would renumber the members, and flows would change their worker.
class RingGroup {
public:
    // Opens `options.workers` rings of this geometry, which refuse all frames until start(). The
    // interface may be down. Needs CAP_NET_RAW only.
    // Requires: the geometry comes from plan_ring().
    [[nodiscard]] static Result<RingGroup> open(
        const CaptureOptions& options, const RingGeometry& geometry
    );

    // Puts the filter of the options in place on every ring: reception starts.
    [[nodiscard]] Result<void> start() const;

    // Puts another filter in place while the group runs. All rings or, when `text` does not
    // compile, none. Frames in the rings stay. Not after stop_reception().
    [[nodiscard]] Result<void> replace_filter(const std::string& text);

    // Whether it would: compiles only.
    [[nodiscard]] Result<void> check_filter(const std::string& text) const;

    // The rings; index i is fanout member i, and receives what owner() gives to worker i,
    // unless the fanout is by CPU.
    [[nodiscard]] std::vector<RingSource>& rings() noexcept { return rings_; }

    [[nodiscard]] const NetworkInterface& interface() const noexcept { return interface_; }
    [[nodiscard]] LinkType link_type() const noexcept { return interface_.link_type; }
    [[nodiscard]] std::uint32_t snapshot_length() const noexcept { return snapshot_length_; }

    // What the operator should know: one sentence each, with the remedy.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

private:
    RingGroup() = default;

    [[nodiscard]] Result<FilterProgram> compile(const std::string& text) const;
    void add_note(Result<void>& done);  // if it failed
    [[nodiscard]] Result<void> attach_to_all(const FilterProgram& program) const;

    NetworkInterface interface_;
    std::uint32_t snapshot_length_ = 0;
    FilterProgram filter_;
    std::vector<RingSource> rings_;
    std::vector<std::string> notes_;
};

}  // namespace flowgauge
