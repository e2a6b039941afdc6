#include "export/network/peer_report.h"

#include "core/base/format.h"

#include <chrono>
#include <utility>

namespace flowgauge {

PeerReport::PeerReport(std::string peer, std::function<void(const std::string& text)> tell)
    : peer_(std::move(peer)),
      tell_(std::move(tell)) {
    numbers.working = 0;  // until the first connection
}

void PeerReport::connected() {
    ++numbers.connections;
    numbers.working = 1;
    if (tell_ && (numbers.connections == 1 || !told_.empty())) {
        tell_(format("collector {}: connected", peer_));
    }
    told_.clear();
}

void PeerReport::failed(const std::string& reason) {
    ++numbers.errors;
    refused(reason);
}

void PeerReport::refused(const std::string& reason) {
    numbers.working = 0;
    if (tell_ && told_ != reason) {
        tell_(format("collector {}: {}; it is tried again", peer_, reason));
    }
    told_ = reason;
}

void PeerReport::works_again() {
    numbers.working = 1;
    if (tell_) {
        tell_(format("collector {}: works again", peer_));
    }
    told_.clear();
}

void PeerReport::wrote(std::uint64_t bytes) {
    numbers.bytes_written += bytes;
    numbers.last_success_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::system_clock::now().time_since_epoch()
    )
                                  .count();
}

}  // namespace flowgauge
