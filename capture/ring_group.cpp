#include "capture/ring_group.h"

#include "capture/cpu_placement.h"
#include "capture/fanout_program.h"
#include "capture/system_error.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::chrono::microseconds kBusyPollMax = std::chrono::seconds(1);

Result<void> set_fanout(int socket, std::uint16_t id, std::uint32_t mode) {
    const std::uint32_t argument = id | (mode << 16);
    if (::setsockopt(socket, SOL_PACKET, PACKET_FANOUT, &argument, sizeof(argument)) != 0) {
        return system_error("join the fanout group", errno);
    }
    return {};
}

// Makes a group of the one socket and returns the id that the kernel chose for it, which no other
// process has.
Result<std::uint16_t> create_fanout(int socket, std::uint32_t mode) {
    constexpr std::uint16_t kAnyId = 0;
    auto created = set_fanout(socket, kAnyId, mode | PACKET_FANOUT_FLAG_UNIQUEID);
    if (!created) {
        return std::move(created).error();
    }
    std::uint32_t argument = 0;
    socklen_t size = sizeof(argument);
    if (::getsockopt(socket, SOL_PACKET, PACKET_FANOUT, &argument, &size) != 0) {
        return system_error("id of the fanout group", errno);
    }
    return static_cast<std::uint16_t>(argument);
}

// The program belongs to the group; any member may set it.
Result<void> set_steering(int socket) {
    std::vector<sock_filter> instructions = fanout_program();
    sock_fprog program{};
    program.len = static_cast<std::uint16_t>(instructions.size());
    program.filter = instructions.data();
    if (::setsockopt(socket, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program)) != 0) {
        return system_error("attach the fanout program", errno);
    }
    return {};
}

// Members are numbered in the order in which they join, and again in the order in which their
// sockets were made when the interface comes back: both are the order of the vector.
// No DEFRAG: the kernel would swallow incomplete datagrams uncounted. No ROLLOVER: it breaks flows.
Result<void> join_all(const std::vector<RingSource>& rings, FanoutMode wanted) {
    const bool by_addresses = wanted == FanoutMode::kAddresses;
    const std::uint32_t mode = by_addresses ? PACKET_FANOUT_CBPF : PACKET_FANOUT_CPU;
    Result<std::uint16_t> id = create_fanout(rings.front().descriptor(), mode);
    if (!id) {
        return std::move(id).error();
    }
    for (std::size_t i = 1; i < rings.size(); ++i) {
        auto joined = set_fanout(rings[i].descriptor(), id.value(), mode);
        if (!joined) {
            return joined;
        }
    }
    return by_addresses ? set_steering(rings.front().descriptor()) : Result<void>();
}

// Lasts as long as the socket. The kernel counts the requests, so one for the group is enough.
Result<void> enter_promiscuous_mode(int socket, int interface_index) {
    packet_mreq membership{};
    membership.mr_ifindex = interface_index;
    membership.mr_type = PACKET_MR_PROMISC;
    constexpr int kOption = PACKET_ADD_MEMBERSHIP;
    if (::setsockopt(socket, SOL_PACKET, kOption, &membership, sizeof(membership)) != 0) {
        return system_error("promiscuous mode", errno);
    }
    return {};
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += text.empty() ? "" : " ";
        text += word;
    }
    return text;
}

Result<void> check(const CaptureOptions& options) {
    if (options.workers == 0 || options.workers > kRingWorkersMax) {
        return Error{
            ErrorKind::kUsage, "workers must be between 1 and " + std::to_string(kRingWorkersMax)};
    }
    if (options.busy_poll.count() < 0 || options.busy_poll > kBusyPollMax) {
        return Error{ErrorKind::kUsage, "busy_poll must be between 0us and 1s"};
    }
    return {};
}

// The kernel takes the pages of a ring by the policy of the thread that asks for the ring.
class PreferredMemory {
public:
    explicit PreferredMemory(std::optional<std::uint32_t> node)
        : node_(node),
          done_(node ? prefer_memory_node(node) : Result<void>()) {}
    PreferredMemory(const PreferredMemory&) = delete;
    PreferredMemory& operator=(const PreferredMemory&) = delete;
    ~PreferredMemory() {
        if (node_) {
            static_cast<void>(prefer_memory_node(std::nullopt));
        }
    }

    // Whether the kernel agreed.
    [[nodiscard]] Result<void>& done() noexcept { return done_; }

private:
    std::optional<std::uint32_t> node_;
    Result<void> done_;
};

Result<std::vector<RingSource>> open_rings(const RingSetup& setup, std::uint32_t count) {
    std::vector<RingSource> rings;
    rings.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        Result<RingSource> ring = RingSource::open(setup);
        if (!ring) {
            return std::move(ring).error();
        }
        rings.push_back(std::move(ring).value());
    }
    return rings;
}

Result<void> set_busy_poll(const std::vector<RingSource>& rings, std::chrono::microseconds time) {
    const auto microseconds = static_cast<int>(time.count());
    for (const RingSource& ring : rings) {
        if (::setsockopt(
                ring.descriptor(), SOL_SOCKET, SO_BUSY_POLL, &microseconds, sizeof(microseconds)
            ) != 0) {
            return system_error("busy_poll is not in force", errno);
        }
    }
    return {};
}

std::vector<std::string> notes_for(
    const NetworkInterface& interface, const RingGeometry& geometry
) {
    std::vector<std::string> notes;
    if (!geometry.note.empty()) {
        notes.push_back(interface.name + ": " + geometry.note);
    }
    const std::vector<std::string> offloads = offloads_that_falsify_sizes(interface.name);
    if (!offloads.empty()) {
        notes.push_back(
            interface.name + ": offloads are on (" + joined(offloads) +
            "), so packets are counted merged or not yet cut; turn them off with: " +
            command_against(offloads, interface.name)
        );
    }
    return notes;
}

}  // namespace

Result<RingGroup> RingGroup::open(const CaptureOptions& options, const RingGeometry& geometry) {
    if (auto valid = check(options); !valid) {
        return std::move(valid).error();
    }
    Result<NetworkInterface> interface = find_interface(options.interface);
    if (!interface) {
        return std::move(interface).error();
    }
    RingGroup group;
    group.interface_ = std::move(interface).value();
    group.snapshot_length_ = effective_snapshot_length(options, group.interface_.is_loopback);

    const RingSetup setup{
        .interface = group.interface_, .geometry = geometry, .ring_retire = options.ring_retire};
    PreferredMemory preferred(options.memory_node);
    Result<std::vector<RingSource>> rings = open_rings(setup, options.workers);
    if (!rings) {
        return std::move(rings).error();
    }
    group.rings_ = std::move(rings).value();
    const std::string what = "capture on " + options.interface;
    if (group.rings_.size() > 1) {
        if (auto done = join_all(group.rings_, options.fanout); !done) {
            return std::move(done).error().within(what);
        }
    }
    if (options.promiscuous_mode) {
        const int socket = group.rings_.front().descriptor();
        if (auto done = enter_promiscuous_mode(socket, group.interface_.index); !done) {
            return std::move(done).error().within(what);
        }
    }
    Result<FilterProgram> filter = group.compile(options.bpf_filter);
    if (!filter) {
        return std::move(filter).error();
    }
    group.filter_ = std::move(filter).value();
    group.notes_ = notes_for(group.interface_, geometry);
    group.add_note(preferred.done());
    if (options.busy_poll.count() > 0) {
        auto set = set_busy_poll(group.rings_, options.busy_poll);
        group.add_note(set);
    }
    return group;
}

void RingGroup::add_note(Result<void>& done) {
    if (!done) {
        notes_.push_back(interface_.name + ": " + done.error().message);
    }
}

Result<void> RingGroup::start() const {
    return attach_to_all(filter_);
}

Result<void> RingGroup::replace_filter(const std::string& text) {
    Result<FilterProgram> filter = compile(text);
    if (!filter) {
        return std::move(filter).error();
    }
    filter_ = std::move(filter).value();
    return attach_to_all(filter_);
}

Result<void> RingGroup::check_filter(const std::string& text) const {
    Result<FilterProgram> filter = compile(text);
    if (!filter) {
        return std::move(filter).error();
    }
    return {};
}

Result<FilterProgram> RingGroup::compile(const std::string& text) const {
    Result<FilterProgram> program = compile_live_filter(interface_, text, snapshot_length_);
    if (program && interface_.is_loopback) {
        return without_outgoing(program.value());
    }
    return program;
}

Result<void> RingGroup::attach_to_all(const FilterProgram& program) const {
    for (const RingSource& ring : rings_) {
        if (auto done = ring.attach(program); !done) {
            return std::move(done).error().within("capture on " + interface_.name);
        }
    }
    return {};
}

}  // namespace flowgauge
