// MessageFraming: files of IPFIX messages (RFC 5655), which are what a session would send.
#pragma once

#include "export/file/file_framing.h"
#include "export/network/session_protocol.h"

namespace flowgauge {

// The session begins with the file: its templates stand before the messages that need them, and
// sequence numbers count from 0. It begins anew where a file is gone on with, and where messages
// could not be written, because their numbers are spent.
class MessageFraming final : public FileFraming {
public:
    explicit MessageFraming(std::unique_ptr<SessionProtocol> protocol)
        : protocol_(std::move(protocol)) {}

    [[nodiscard]] bool accepts(const Preamble& preamble) const override;
    void begin(std::shared_ptr<const Preamble> preamble) override;
    [[nodiscard]] std::string_view frame(
        const UnitRange& units, std::uint64_t offset, SteadyTime now
    ) override;
    [[nodiscard]] Result<FileRemains> recover(int file) const override;

private:
    std::unique_ptr<SessionProtocol> protocol_;
    std::shared_ptr<const Preamble> preamble_;
    std::string framed_;
    std::uint64_t next_offset_ = 0;  // where the session goes on
    bool has_session_ = false;
};

}  // namespace flowgauge
