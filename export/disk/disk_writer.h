// DiskWriter: writes to regular files without waiting for the disk, by io_uring where the kernel
// lets us and by pwrite(2) where it does not.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace flowgauge {

// One write, and on request an fdatasync(2) linked behind it. Ownership: the caller's, with the
// bytes; both stay where they are while `busy`.
struct DiskWrite {
    int file = -1;
    std::string_view bytes{};  // may be empty: then it is a sync alone
    std::uint64_t offset = 0;  // in the file; with O_APPEND the kernel ignores it
    bool sync = false;
    bool metadata = false;  // the sync is fsync(2): what directories need

    bool busy = false;          // submitted, and not done yet
    std::uint64_t written = 0;  // bytes, once done; fewer than asked for goes with an error
    int error = 0;              // errno of the write, or else of the sync; 0: all of it was done
    bool synced = false;
};

// Thread: one, that of the sink. Several writes may be under way, one for each file.
class DiskWriter {
public:
    // Waits until nothing is under way, however long it takes: the kernel reads the callers' bytes.
    virtual ~DiskWriter() = default;

    // By io_uring, or where it is forbidden or missing (EPERM, ENOSYS, ENOMEM) by a writer that
    // waits.
    [[nodiscard]] static std::unique_ptr<DiskWriter> open();

    // Whether writes go on while the caller does something else.
    [[nodiscard]] virtual bool is_asynchronous() const noexcept = 0;

    // Begins `write`. Requires: it is not busy. A writer that waits also finishes it here.
    virtual void submit(DiskWrite& write) = 0;

    // Finishes what can be finished without waiting: `busy` becomes false there. Called when
    // descriptor() is readable, and about once a second for what the kernel would not take at once.
    virtual void turn() = 0;

    // Waits until nothing is under way, at most `patience`. Returns whether that was reached.
    [[nodiscard]] virtual bool drain(std::chrono::milliseconds patience) = 0;

    // Readable when turn() has something to finish; -1 when there is nothing to wait for.
    [[nodiscard]] virtual int descriptor() const noexcept = 0;
};

}  // namespace flowgauge
