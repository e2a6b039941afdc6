// FileInput: the frames of a list of capture files as one stream.
#pragma once

#include "capture/capture_file.h"
#include "capture/packet_filter.h"
#include "core/base/result.h"
#include "core/packet/frame.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {

// Thread: one. A file that is damaged ends early and the next one follows; what was wrong is kept.
class FileInput {
public:
    enum class Step : std::uint8_t { kFrame, kFiltered, kEnd };

    // Errors: kUsage for a file that cannot be read or is no capture, or for a bad filter. Looks at
    // all files before the first frame, so that a typo costs nothing.
    [[nodiscard]] static Result<FileInput> open(
        std::vector<std::string> paths, std::string bpf_filter, const std::atomic<bool>& stop
    );

    // One more file behind those there are; next() goes on after kEnd. A file that cannot be opened
    // becomes a problem.
    void add(std::string path);

    // Another filter for the frames that follow.
    void set_filter(std::string text) {
        filter_text_ = std::move(text);
        filters_.clear();
    }

    // Who needs the bytes of frames that were delivered, and for how long.
    struct FrameUse {
        std::size_t buffers = 1;             // that many are filled in turn
        std::function<void()> before_reuse;  // the next one is: see CaptureFile::keep_frames()
        std::function<void()> before_end;    // all bytes go
    };
    // Requires: outlives the input.
    void keep_frames(const FrameUse& use) noexcept { use_ = &use; }

    // The next frame, with its position in the whole stream; kFiltered when the filter refuses it.
    [[nodiscard]] Step next(Frame& frame);

    // Notes a frame whose link type is not read, once for each type.
    void note_link_type(LinkType type);

    // Bytes of the input that have been taken so far, of all files.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept {
        return bytes_before_ + (file_ == nullptr ? 0 : file_->bytes_read());
    }

    // What went wrong so far, in order; take_problems() forgets it.
    [[nodiscard]] const std::vector<Error>& problems() const noexcept { return problems_; }
    [[nodiscard]] std::vector<Error> take_problems() { return std::exchange(problems_, {}); }

private:
    FileInput(std::vector<std::string> paths, std::string filter, const std::atomic<bool>& stop)
        : paths_(std::move(paths)),
          filter_text_(std::move(filter)),
          stop_(&stop) {}

    [[nodiscard]] bool open_next();
    void close();
    [[nodiscard]] bool passes(const Frame& frame);

    std::vector<std::string> paths_;
    std::string filter_text_;
    const std::atomic<bool>* stop_;
    const FrameUse* use_ = nullptr;
    std::size_t next_path_ = 0;
    std::unique_ptr<CaptureFile> file_;
    std::map<LinkType, PacketFilter> filters_;  // a program is bound to its link type
    std::vector<LinkType> unread_link_types_;
    std::uint64_t next_position_ = 0;
    std::uint64_t bytes_before_ = 0;  // in the files before this one
    std::vector<Error> problems_;
};

}  // namespace flowgauge
