// RejectedFrames: writes every frame that is in no flow to a pcapng file (`read --rejected`), with
// its reason as the comment. What reassembled_fragment counts is healthy traffic and left out.
#pragma once

#include "capture/pcapng_writer.h"
#include "config/settings.h"
#include "core/base/result.h"
#include "core/packet/frame.h"
#include "core/packet/rejection_tally.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace flowgauge {

// Frames are written when their reason is known. Those that the reassembler holds are copied for
// that long, so there are as many copies as it has pieces. Ordinary frames are at most twice as
// long as what it keeps of them; copies in excess of that bound are cut, which close() tells.
// Thread: one.
class RejectedFrames final : public RejectionListener {
public:
    // What is left of a copy that goes beyond the bound.
    static constexpr std::size_t kCutBytes = 512;

    // The file that `settings` name, or nullptr if they name none.
    // Errors: kOutput with path and reason; kUsage if it is one of the files to be read.
    [[nodiscard]] static Result<std::unique_ptr<RejectedFrames>> open(const Settings& settings);

    // `reassembly_memory` is the reassembler's.
    RejectedFrames(PcapngWriter file, std::string path, std::size_t reassembly_memory) noexcept;

    // The next frame on its way. Its bytes are valid until the next call.
    void take(const Frame& frame) noexcept { frame_ = frame; }

    void held(std::uint64_t position) override;
    void rejected(std::uint64_t position, Rejection reason) override;

    // Ends the file; prints a message if frames were cut. Returns the first failure to write.
    [[nodiscard]] Result<void> close();

private:
    struct Copy {
        Frame frame;  // its bytes are `bytes`
        std::vector<std::uint8_t> bytes;
    };

    PcapngWriter file_;
    std::string path_;
    std::size_t copied_bytes_max_;
    Frame frame_;
    std::unordered_map<std::uint64_t, Copy> held_;  // by position
    std::size_t copied_bytes_ = 0;
    std::uint64_t cut_frames_ = 0;  // written
};

}  // namespace flowgauge
