// What takes the place of BPF in a build without it.
#include "visibility/events/bpf_events.h"
#include "visibility/events/socket_holders.h"

namespace flowgauge {

bool has_bpf() noexcept {
    return false;
}

Result<std::unique_ptr<EventSource>> open_bpf_events(std::vector<std::string>& /*notes*/) {
    return Error{ErrorKind::kSystem, "this build has no BPF programs (CMake option FLOWGAUGE_BPF)"};
}

std::unique_ptr<SocketHolders> SocketHolders::open(std::vector<std::string>& /*notes*/) {
    return nullptr;
}

}  // namespace flowgauge
