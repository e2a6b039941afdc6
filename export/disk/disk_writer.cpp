#include "export/disk/disk_writer.h"

#include "export/disk/ring_writer.h"
#include "export/disk/waiting_writer.h"

namespace flowgauge {

std::unique_ptr<DiskWriter> DiskWriter::open() {
    if (std::unique_ptr<RingWriter> writer = RingWriter::open()) {
        return writer;
    }
    return std::make_unique<WaitingWriter>();
}

}  // namespace flowgauge
