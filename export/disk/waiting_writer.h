// WaitingWriter: the DiskWriter of kernels that do not let us use io_uring. It waits.
#pragma once

#include "export/disk/disk_writer.h"

namespace flowgauge {

// Thread: as DiskWriter.
class WaitingWriter final : public DiskWriter {
public:
    [[nodiscard]] bool is_asynchronous() const noexcept override { return false; }
    void submit(DiskWrite& write) override;
    void turn() override {}
    [[nodiscard]] bool drain(std::chrono::milliseconds /*patience*/) override { return true; }
    [[nodiscard]] int descriptor() const noexcept override { return -1; }
};

}  // namespace flowgauge
