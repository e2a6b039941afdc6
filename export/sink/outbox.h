// Outbox: blocks between the encoder and the transport, in memory and on disk, and what happens to
// them when the transport does not keep up.
#pragma once

#include "export/sink/block.h"
#include "export/sink/block_store.h"
#include "export/sink/sink_numbers.h"
#include "export/sink/transport.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace flowgauge {

// What gives way when a sink does not keep up.
enum class WhenFull : std::uint8_t {
    kDropNewest,  // records that come
    kDropOldest,  // blocks that wait longest
    kSpool,       // nothing, until the spool is full; then records that come
};

struct OutboxOptions {
    std::uint64_t memory = std::uint64_t{32} << 20;  // bytes of blocks that wait
    WhenFull when_full = WhenFull::kDropNewest;
};

// What has become of the records that were put in. Law: records put in + those found in the store
// when it was opened = acknowledged + dropped.total() + waiting + stored.
struct OutboxNumbers {
    std::uint64_t acknowledged = 0;
    RecordLosses dropped;
    // In memory, the transport's among them, and so are those that the store is still writing.
    std::uint64_t waiting = 0;
    std::uint64_t stored = 0;  // in the store, handed out or not: the process may be killed
};

// Thread: that of the sink. Ownership: owns transport and store. Blocks leave in the order in which
// they came, but for those that were under way when a run ended.
class Outbox {
public:
    // `store` may be null; kSpool requires one.
    Outbox(
        const OutboxOptions& options,
        std::unique_ptr<Transport> transport,
        std::unique_ptr<BlockStore> store
    );
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    // An empty block, whose memory has been used before if there was one.
    [[nodiscard]] Block take_empty();

    // Whether a block may be put in without dropping what comes. With kDropOldest always.
    [[nodiscard]] bool has_room() const noexcept;

    // Why a record is lost that finds no room.
    [[nodiscard]] RecordLoss loss() const noexcept;

    void put(Block block);

    // Goes on with everything that can be done without waiting. Returns whether a record was
    // decided.
    bool turn(SteadyTime now);

    void prepare_wait(TransportWait& wait) const;

    // No block follows. turn() goes on until is_empty(), or until give_up().
    void close() noexcept { closing_ = true; }
    [[nodiscard]] bool is_empty() const noexcept;

    // Everything came out, and the store keeps that in mind: the next run sends none of it again.
    // May wait a moment for the disk. Requires: is_empty().
    void finish();

    // What has not come out goes into the store, or is dropped as `loss`. May wait a moment for the
    // disk.
    void give_up(RecordLoss loss);

    [[nodiscard]] Transport& transport() noexcept { return *transport_; }
    [[nodiscard]] const Transport& transport() const noexcept { return *transport_; }
    [[nodiscard]] const BlockStore* store() const noexcept { return store_.get(); }
    [[nodiscard]] OutboxNumbers numbers() const noexcept;

private:
    void turn_transport(SteadyTime now);
    void settle_done();
    void settle(Delivery& delivery);
    void feed_transport();
    [[nodiscard]] bool send_next();
    void spill();
    void take_refused();
    void drop_oldest(std::uint64_t bytes);
    void drop(Block block, RecordLoss loss);
    void recycle(Block block);
    [[nodiscard]] Block pop_front();

    OutboxOptions options_;
    std::unique_ptr<Transport> transport_;
    std::unique_ptr<BlockStore> store_;
    std::deque<Block> waiting_;
    std::uint64_t waiting_bytes_ = 0;
    std::uint64_t in_memory_ = 0;  // records of waiting_ and of the transport that are not stored
    std::uint64_t next_sequence_ = 0;
    std::uint64_t acknowledged_ = 0;
    RecordLosses dropped_;
    std::vector<Block> empty_;
    std::vector<Delivery> done_;
    bool closing_ = false;
    bool closed_ = false;
    bool is_due_ = false;  // the transport has been told something since its last turn
};

}  // namespace flowgauge
