#include "export/disk/waiting_writer.h"

#include <unistd.h>

#include <cassert>
#include <cerrno>

namespace flowgauge {
namespace {

// Returns errno.
int put(DiskWrite& write) noexcept {
    while (write.written < write.bytes.size()) {
        const ssize_t count = ::pwrite(
            write.file,
            write.bytes.data() + write.written,
            write.bytes.size() - write.written,
            static_cast<off_t>(write.offset + write.written)
        );
        if (count > 0) {
            write.written += static_cast<std::uint64_t>(count);
        } else if (count == 0) {
            return EIO;  // not even one byte, and no reason: asking again could go on forever
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int sync(const DiskWrite& write) noexcept {
    int status = -1;
    do {
        status = write.metadata ? ::fsync(write.file) : ::fdatasync(write.file);
    } while (status != 0 && errno == EINTR);
    return status == 0 ? 0 : errno;
}

}  // namespace

void WaitingWriter::submit(DiskWrite& write) {
    assert(!write.busy);
    write.written = 0;
    write.synced = false;
    write.error = put(write);
    if (write.error == 0 && write.sync) {
        write.error = sync(write);
        write.synced = write.error == 0;
    }
}

}  // namespace flowgauge
