// CaptureFile: the frames of a pcap or pcapng file, pipe or standard input, one after the other.
//
// Our own reader, not libpcap's: that refuses a pcapng file whose interfaces differ in link type,
// and costs more per frame. Compressed files are not read.
#pragma once

#include "capture/byte_stream.h"
#include "core/base/result.h"
#include "core/packet/frame.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// Ownership: owns its descriptor and the bytes of the frames delivered.
// Thread: any, one at a time.
class CaptureFile {
public:
    enum class Status : std::uint8_t { kFrame, kEnd, kFailed };

    // Opens `path` ("-" is standard input) and reads as far as the header of the file.
    // Knows classic pcap (micro- and nanoseconds, both byte orders, and the "modified" format
    // a1b2cd34) and pcapng, by their first bytes.
    // Errors: kUsage if the file cannot be opened, is no capture, or has a version or (classic
    // pcap) a link type that nothing here reads; kDamaged if it is empty or its header is cut;
    // kSystem if reading failed.
    // A pipe or terminal that is silent ends when `*interrupted` becomes true
    // (ByteStream::end_when).
    [[nodiscard]] static Result<std::unique_ptr<CaptureFile>> open(
        const std::string& path, const std::atomic<bool>* interrupted = nullptr
    );

    CaptureFile(const CaptureFile&) = delete;
    CaptureFile& operator=(const CaptureFile&) = delete;
    virtual ~CaptureFile() = default;

    // The bytes of frames that were delivered stay until the reading has gone through `buffers`
    // buffers; `call` is called before each of them (ByteStream). Requires: `call` outlives the
    // file; no frame was read yet.
    void keep_frames(std::size_t buffers, const std::function<void()>* call) {
        stream_.rotate(buffers);
        stream_.before_reuse(call);
    }

    // Reads the next frame. Sets all members of `frame` but `position`; its bytes are valid until
    // the call of keep_frames() says otherwise or the file is closed. A pcapng frame may have a
    // link type that decode() does not read. Returns kFrame; kEnd at the end of the file; or
    // kFailed, when error() says why. Every frame before the damage has been delivered by then.
    // kEnd and kFailed last: so do all later calls.
    [[nodiscard]] virtual Status next(Frame& frame) = 0;

    // Why next() returned kFailed: kDamaged for a file that is cut or corrupt, with the offset of
    // the bad record and its number from 1; kSystem for a read error. Empty before that.
    [[nodiscard]] const Error& error() const noexcept { return error_; }

    // How far the reading is, in bytes of the file.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return stream_.offset(); }

protected:
    // A part of the file that a message can point to.
    struct Place {
        std::string_view noun;     // "record"
        std::uint64_t number = 0;  // from 1; 0 for something there is only one of
        std::uint64_t offset = 0;  // of its first byte
    };

    // `name` is what messages call the file.
    CaptureFile(ByteStream stream, std::string name);

    [[nodiscard]] ByteStream& stream() noexcept { return stream_; }
    [[nodiscard]] Status status() const noexcept { return status_; }

    // Ends the reading for good, and returns the status that next() gives from now on.
    Status finish() noexcept;
    Status fail(Error error);

    // "NAME: damaged at byte N: record M WHAT".
    [[nodiscard]] Error damage(const Place& place, std::string_view what) const;

    // The stream gave less than the `needed` bytes of `place`: either it ended, "NAME: truncated at
    // byte N: record M needs X bytes, Y are left", or it failed.
    [[nodiscard]] Error shortage(const Place& place, std::uint64_t needed) const;

    // "NAME: WHAT", for what the operator can change.
    [[nodiscard]] Error unusable(std::string_view what) const;

private:
    ByteStream stream_;
    std::string name_;
    Status status_ = Status::kFrame;
    Error error_;
};

}  // namespace flowgauge
