// WatchedSockets: a history that a test fills by hand, and answers for flows from it.
#pragma once

#include "visibility/history.h"
#include "visibility/snapshot.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {

constexpr std::uint32_t kOwnSpace = 1;
constexpr std::uint32_t kOtherSpace = 2;
constexpr LookTime kMillisecond = 1'000'000;
constexpr LookTime kRetention = 10'000 * kMillisecond;

inline IpAddress v4(std::uint32_t address) {
    return {.high = 0, .low = address};
}

constexpr std::uint32_t kHost = 0x0a000001;   // 10.0.0.1, of the own namespace
constexpr std::uint32_t kGuest = 0x0a000002;  // 10.0.0.2, of the other one
constexpr std::uint32_t kWorld = 0xc0000201;  // 192.0.2.1, of nobody here
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

inline SocketKey connection(
    std::uint32_t local,
    std::uint16_t local_port,
    std::uint32_t remote,
    std::uint16_t remote_port,
    std::uint8_t protocol = kTcp
) {
    return {
        .local = v4(local),
        .remote = v4(remote),
        .local_port = local_port,
        .remote_port = remote_port,
        .protocol = protocol,
        .ip_version = 4};
}

// Bound to any address unless `local` is given.
inline SocketKey bound(std::uint16_t port, std::uint8_t protocol, std::uint32_t local = 0) {
    return connection(local, port, 0, 0, protocol);
}

inline std::shared_ptr<const SocketOwner> process(
    std::int32_t pid, std::string name = "program", std::uint64_t start = 1
) {
    SocketOwner owner;
    owner.pid = pid;
    owner.name = std::move(name);
    owner.executable = "/bin/" + owner.name;
    owner.uid = 0;
    owner.start = start;
    return std::make_shared<const SocketOwner>(owner);
}

// A flow from first to last millisecond whose times are exact.
inline FlowEnds flow_of(const SocketKey& key, LookTime first_ms, LookTime last_ms) {
    FlowEnds flow;
    flow.source = key.local;
    flow.destination = key.remote;
    flow.source_port = key.local_port;
    flow.destination_port = key.remote_port;
    flow.protocol = key.protocol;
    flow.ip_version = key.ip_version;
    flow.first = first_ms * kMillisecond;
    flow.last = last_ms * kMillisecond;
    flow.unit = 1;
    return flow;
}

// The same connection as the other end sees it.
inline SocketKey mirrored(SocketKey key) {
    std::swap(key.local, key.remote);
    std::swap(key.local_port, key.remote_port);
    return key;
}

class WatchedSockets {
public:
    struct Socket {
        SocketKey key;
        std::uint64_t cookie = 0;
        std::shared_ptr<const SocketOwner> owner;  // null: its process is not known
        SocketState state = SocketState::kEstablished;
        std::uint32_t name_space = kOwnSpace;
        std::uint64_t inode = 0;  // 0: of the cookie
        OwnerReason reason = OwnerReason::kNoFd;
        bool v6_only = false;
        bool raw = false;
    };

    explicit WatchedSockets(std::size_t max = 1000) : history_(max, kRetention, 7) {}

    // One look at `ms` that takes no time.
    void look(LookTime ms, const std::vector<Socket>& sockets, bool complete = true) {
        std::vector<SocketRow> rows;
        for (const Socket& socket : sockets) {
            SocketRow row;
            row.key = socket.key;
            row.cookie = socket.cookie;
            row.inode = socket.inode == 0 ? socket.cookie + 100 : socket.inode;
            row.state = socket.state;
            row.name_space = socket.name_space;
            row.v6_only = socket.v6_only;
            row.raw = socket.raw;
            row.uid = 1000;
            rows.push_back(row);
        }
        history_.look(
            {.rows = rows, .from = ms * kMillisecond, .to = ms * kMillisecond, .complete = complete}
        );
        history_.own([&](std::uint64_t inode, std::uint32_t uid, std::uint64_t /*cgroup*/) {
            for (const Socket& socket : sockets) {
                if ((socket.inode == 0 ? socket.cookie + 100 : socket.inode) == inode) {
                    return socket.owner != nullptr
                               ? FoundOwner{.owner = socket.owner, .reason = OwnerReason::kOk}
                               : FoundOwner{.owner = user(uid), .reason = socket.reason};
                }
            }
            return FoundOwner{};
        });
        history_.forget(ms * kMillisecond);
    }

    void tell(
        LookTime ms,
        const SocketKey& key,
        const std::shared_ptr<const SocketOwner>& owner,
        bool listens = false,
        std::uint32_t name_space = kOwnSpace
    ) {
        history_.tell(
            {.key = key,
             .at = ms * kMillisecond,
             .listens = listens,
             .name_space = name_space,
             .owner = owner}
        );
    }

    // Events tell of all connections from this moment on.
    void tells_since(LookTime ms) { told_since_ = ms * kMillisecond; }

    [[nodiscard]] Snapshot snapshot() {
        return Snapshot(
            {.sightings = history_.table(),
             .addresses = std::make_shared<const LocalAddresses>(
                 std::vector<LocalAddress>{
                     {.address = v4(kHost), .ip_version = 4, .name_space = kOwnSpace},
                     {.address = v4(kGuest), .ip_version = 4, .name_space = kOtherSpace}},
                 kOwnSpace
             ),
             .owners = history_.owners(),
             .covered = history_.covered(),
             .told_since = told_since_,
             .period = 100 * kMillisecond,
             .own_name_space = kOwnSpace,
             .name_spaces = 2}
        );
    }

    [[nodiscard]] Finding find(const FlowEnds& flow) { return snapshot().find(flow); }

    // "1234 exact", "- unseen".
    [[nodiscard]] std::string answer(const FlowEnds& flow) {
        return text_of(find(flow).attribution);
    }

    [[nodiscard]] static std::string text_of(const Attribution& attribution) {
        if (attribution.owner == nullptr || attribution.owner->pid < 0) {
            return "- " + std::string(to_string(attribution.reason));
        }
        return std::to_string(attribution.owner->pid) + " " +
               std::string(to_string(attribution.match));
    }

    [[nodiscard]] History& history() noexcept { return history_; }

private:
    std::shared_ptr<const SocketOwner> user(std::uint32_t uid) {
        if (user_ == nullptr) {
            SocketOwner owner;
            owner.uid = uid;
            user_ = std::make_shared<const SocketOwner>(owner);
        }
        return user_;
    }

    History history_;
    std::shared_ptr<const SocketOwner> user_;
    LookTime told_since_ = kStillThere;
};

}  // namespace flowgauge
