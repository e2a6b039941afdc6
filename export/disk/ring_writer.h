// RingWriter: the DiskWriter that hands writes to the kernel by io_uring(7).
#pragma once

#include "export/disk/disk_writer.h"

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace flowgauge {

// Thread: as DiskWriter.
class RingWriter final : public DiskWriter {
public:
    // Nothing where the kernel refuses io_uring or is too old for it.
    [[nodiscard]] static std::unique_ptr<RingWriter> open();

    RingWriter(const RingWriter&) = delete;
    RingWriter& operator=(const RingWriter&) = delete;
    ~RingWriter() override;

    [[nodiscard]] bool is_asynchronous() const noexcept override { return true; }
    void submit(DiskWrite& write) override;
    void turn() override;
    [[nodiscard]] bool drain(std::chrono::milliseconds patience) override;
    [[nodiscard]] int descriptor() const noexcept override;

private:
    // A write that is under way: its requests in the kernel, and what they have answered so far.
    struct Operation {
        DiskWrite* write = nullptr;  // none: the place is free
        bool queued = false;         // waits for room in the ring
        bool has_sync = false;       // the requests now in the kernel end with a sync
        unsigned requests = 0;       // not answered yet
        int write_result = 0;        // bytes, or negative errno
        int sync_result = 0;
    };

    explicit RingWriter(const io_uring& ring) : ring_(ring) {}

    [[nodiscard]] bool prepare(std::size_t place);
    void tell_kernel();
    void take_answer(std::uint64_t user_data, int result);
    void settle(std::size_t place);
    [[nodiscard]] static bool goes_on(Operation& operation);
    void wait(std::chrono::milliseconds patience) const;

    io_uring ring_;
    std::vector<Operation> operations_;  // as many as were ever under way together
    std::size_t busy_ = 0;
    std::size_t queued_ = 0;
};

}  // namespace flowgauge
