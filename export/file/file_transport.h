// FileTransport: a file that is written from its beginning, a pipe, or standard output. Its first
// failure is final.
#pragma once

#include "core/base/file_descriptor.h"
#include "export/file/file_framing.h"
#include "export/sink/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flowgauge {

struct FileTransportOptions {
    std::string path;  // "-": standard output

    // Whether turn() may wait for whoever reads: who reads files wants back-pressure, a sensor must
    // not be stopped by it. Regular files and terminals are written at once in either case.
    bool may_wait = true;
};

// Whether `path` is standard output, a FIFO or a device: what FileTransport writes and RotatingFile
// cannot.
[[nodiscard]] bool is_stream(const std::string& path);

// Thread: as a Transport. Records are acknowledged when written. A block that failed is dropped
// whole (kOutputFailed), though a part of it may have got out, and so is what follows. A FIFO that
// must not be waited for needs no reader: what is written stays in it until there is one.
class FileTransport final : public Transport {
public:
    // Errors: kOutput with path and reason.
    [[nodiscard]] static Result<std::unique_ptr<FileTransport>> open(
        const FileTransportOptions& options, std::unique_ptr<FileFraming> framing
    );

    [[nodiscard]] bool has_room() const noexcept override { return !block_ && !failure_; }
    void send(Block block) override { block_ = std::move(block); }
    void turn(SteadyTime now, std::vector<Delivery>& done) override;
    void prepare_wait(TransportWait& wait) const override;
    void close() override { closing_ = true; }
    [[nodiscard]] bool is_idle() const noexcept override {
        return closing_ && !block_ && (!file_ || failure_);
    }
    [[nodiscard]] bool wants_head() const noexcept override { return true; }
    void take_back(std::vector<Block>& blocks) override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }
    [[nodiscard]] const std::optional<Error>& failure() const noexcept override { return failure_; }

private:
    // How the outside is kept from stopping us.
    enum class Pace : std::uint8_t {
        kWaits,        // it may
        kNonBlocking,  // O_NONBLOCK: the open file is ours alone
        kPolled,       // a pipe that others have open as well, so that its flags are not ours
        kSocket,
    };
    enum class Outcome : std::uint8_t { kDone, kLater, kFailed };

    FileTransport(FileDescriptor file, std::string name, std::unique_ptr<FileFraming> framing)
        : file_(std::move(file)),
          name_(std::move(name)),
          framing_(std::move(framing)) {}

    [[nodiscard]] int set_pace(bool may_wait, bool is_ours) noexcept;
    void frame_block(SteadyTime now);
    [[nodiscard]] Outcome put();
    [[nodiscard]] ssize_t write_some() const noexcept;
    void finish();
    void fail(int code);

    FileDescriptor file_;
    std::string name_;  // for messages
    std::unique_ptr<FileFraming> framing_;
    Pace pace_ = Pace::kWaits;
    std::shared_ptr<const Preamble> preamble_;
    std::optional<Block> block_;
    bool is_framed_ = false;    // block_
    bool is_refused_ = false;   // it is not of this format
    bool has_ended_ = false;    // the end is in rest_
    std::string_view rest_;     // of what is being written
    std::uint64_t offset_ = 0;  // behind it
    bool closing_ = false;
    std::optional<Error> failure_;
    OutputNumbers numbers_;
};

}  // namespace flowgauge
