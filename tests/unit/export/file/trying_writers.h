// Disks that try one's patience: one whose syncs fail, and one that does not answer.
#pragma once

#include "export/disk/disk_writer.h"
#include "export/disk/waiting_writer.h"

#include <cerrno>
#include <chrono>
#include <vector>

namespace flowgauge::test {

// Writes, and fails to force it to the disk while it is told so.
class FailingSyncs final : public DiskWriter {
public:
    void set_failing(bool failing) { failing_ = failing; }

    [[nodiscard]] bool is_asynchronous() const noexcept override { return false; }
    void submit(DiskWrite& write) override {
        writer_.submit(write);
        if (failing_ && write.synced) {
            write.synced = false;
            write.error = EIO;
        }
    }
    void turn() override {}
    [[nodiscard]] bool drain(std::chrono::milliseconds /*patience*/) override { return true; }
    [[nodiscard]] int descriptor() const noexcept override { return -1; }

private:
    WaitingWriter writer_;
    bool failing_ = false;
};

// Takes writes and finishes none of them, once it is told so.
class HeldWriter final : public DiskWriter {
public:
    void hold() { holds_ = true; }

    [[nodiscard]] bool is_asynchronous() const noexcept override { return true; }
    void submit(DiskWrite& write) override {
        if (holds_) {
            write.busy = true;
        } else {
            writer_.submit(write);
        }
    }
    void turn() override {}
    [[nodiscard]] bool drain(std::chrono::milliseconds /*patience*/) override { return false; }
    [[nodiscard]] int descriptor() const noexcept override { return -1; }

private:
    WaitingWriter writer_;
    bool holds_ = false;
};

}  // namespace flowgauge::test
