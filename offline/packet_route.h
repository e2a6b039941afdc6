// PacketRoute: from the reader of files to the shard that owns a packet.
#pragma once

#include "core/flow/flow_shard.h"
#include "core/flow/packet_batch.h"
#include "core/packet/packet.h"
#include "core/packet/packet_queue.h"
#include "pipeline/export_line.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace flowgauge {

// Thread: the reader's.
class PacketRoute {
public:
    virtual ~PacketRoute() = default;

    // Hands a stamped packet on. Waits when its worker does not keep up.
    virtual void packet(const Packet& packet, PacketBytes bytes) = 0;

    // Buffers that the bytes of packets may need at one time.
    [[nodiscard]] virtual std::size_t buffers() const noexcept = 0;

    // The buffer that comes next will be reused: who needs bytes from before the last buffers() - 1
    // calls must make an end.
    virtual void turn_buffer() = 0;

    // The bytes of all packets so far are about to go.
    virtual void settle() = 0;

    // The reader may have to wait for input: what is ready goes out.
    virtual void pause() = 0;

    // The clock has come to `now`: idle flows of every shard may leave.
    virtual void time(Tick now) = 0;

    // Nothing follows. Returns when every flow has been written.
    virtual void finish(Tick now, EndReason reason) = 0;

    // Flows begun so far, about: workers say it when they hear of the time.
    [[nodiscard]] virtual std::uint64_t flows() const noexcept = 0;
};

// Straight into the one shard, on the reader's thread.
class DirectRoute final : public PacketRoute {
public:
    DirectRoute(MeterLane& lane, ExportLine& line) noexcept
        : lane_(lane),
          line_(line),
          batch_(lane_.shard()) {}

    void packet(const Packet& packet, PacketBytes bytes) override {
        batch_.add(packet);
        if (bytes == PacketBytes::kGo) {
            batch_.flush();
        }
    }
    [[nodiscard]] std::size_t buffers() const noexcept override { return 1; }
    void turn_buffer() override { batch_.flush(); }
    void settle() override { batch_.flush(); }
    void pause() override { line_.flush(); }
    void time(Tick now) override {
        batch_.flush();
        lane_.shard().advance(now);
    }
    void finish(Tick now, EndReason reason) override {
        batch_.flush();
        lane_.finish(now, reason);
    }
    [[nodiscard]] std::uint64_t flows() const noexcept override {
        return lane_.shard().counters().flows_created;
    }

private:
    MeterLane& lane_;
    ExportLine& line_;
    PacketBatch batch_;
};

// To worker threads by owner(). All of them hear of the time together, so that the sink can merge
// their records; before waiting for one the reader tells the others how far it is, because the one
// may be waiting for them.
class WorkerRoute final : public PacketRoute {
public:
    explicit WorkerRoute(ExportLine& line);

    void packet(const Packet& packet, PacketBytes bytes) override;
    [[nodiscard]] std::size_t buffers() const noexcept override { return kBuffers; }
    void turn_buffer() override;
    void settle() override;
    void pause() override {}  // workers and sink run by themselves
    void time(Tick now) override;
    void finish(Tick now, EndReason reason) override;
    [[nodiscard]] std::uint64_t flows() const noexcept override;

private:
    // Workers read packets where the file's reader has them: enough buffers that it seldom waits,
    // few enough to stay in the caches.
    static constexpr std::size_t kBuffers = 8;

    struct Worker {
        explicit Worker(MeterLane& own);

        MeterLane& lane;
        PacketQueue queue;
        std::array<std::uint64_t, kBuffers> turned{};   // ends of the queue at the last turns
        EndReason end_reason = EndReason::kEndOfInput;  // set before kEnd is pushed
        std::atomic<std::uint64_t> flows{0};  // begun so far; a cell, written by the thread
        std::jthread thread;
    };

    void push(
        std::size_t index,
        QueuedKind kind,
        const Packet& packet,
        PacketBytes bytes = PacketBytes::kGo
    );
    void wait_until_freed(const std::function<std::uint64_t(const Worker&)>& position);
    void tell_others(std::size_t index, Tick now);

    std::vector<std::unique_ptr<Worker>> workers_;
    std::size_t turns_ = 0;
    Tick now_ = 0;
};

[[nodiscard]] std::unique_ptr<PacketRoute> make_route(ExportLine& line);

}  // namespace flowgauge
