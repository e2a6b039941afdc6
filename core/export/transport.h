// Transport: carries encoded records out of the process. Knows nothing of what they say.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"
#include "core/export/file_rotation.h"
#include "core/export/sink_numbers.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace flowgauge {

// Encoded records, one behind the other. Refers to the buffer of the sink.
struct RecordBatch {
    std::string_view bytes;
    std::span<const std::uint32_t>
        ends;  // where each record ends, counted from `base` before bytes
    std::uint32_t base = 0;

    [[nodiscard]] std::size_t size() const noexcept { return ends.size(); }

    // Bytes of the first `count` records.
    [[nodiscard]] std::size_t bytes_of(std::size_t count) const noexcept {
        return count == 0 ? 0 : ends[count - 1] - base;
    }
    [[nodiscard]] RecordBatch first(std::size_t count) const noexcept {
        return {.bytes = bytes.substr(0, bytes_of(count)), .ends = ends.first(count), .base = base};
    }
    [[nodiscard]] RecordBatch behind(std::size_t count) const noexcept {
        const std::size_t skipped = bytes_of(count);
        return {
            .bytes = bytes.substr(skipped),
            .ends = ends.subspan(count),
            .base = base + static_cast<std::uint32_t>(skipped)};
    }
};

// Thread: that of the sink; begin() is called before it starts, close() after it has ended.
class Transport {
public:
    virtual ~Transport() = default;

    // `head` stands at the beginning of each output. Called once, before anything else.
    virtual void begin(std::string_view head) = 0;

    // Takes whole records. May wait. What becomes of each is in numbers(). Returns an error when
    // nothing can be written any more; then none of this batch is in numbers().
    [[nodiscard]] virtual Result<void> write(const RecordBatch& batch) = 0;

    // Ends the output with `tail`; the last chance to learn that it failed.
    [[nodiscard]] virtual Result<void> close(std::string_view tail) = 0;

    [[nodiscard]] virtual const OutputNumbers& numbers() const noexcept = 0;

    // Whether attend() has to be called each second even if no record comes.
    [[nodiscard]] virtual bool wants_time() const noexcept { return false; }

    // Does what time asks for.
    virtual void attend() {}

    // What is open is finished, and what follows goes into a newly opened output.
    virtual void reopen() {}

    virtual void change(const FileRotation& /*rotation*/) {}
};

// A file, written from its beginning, or standard output for "-". Its first failure is final.
class FileTransport final : public Transport {
public:
    // Errors: kOutput with path and reason.
    [[nodiscard]] static Result<std::unique_ptr<Transport>> open(const std::string& path);

    void begin(std::string_view head) override { pending_ = head; }
    [[nodiscard]] Result<void> write(const RecordBatch& batch) override;
    [[nodiscard]] Result<void> close(std::string_view tail) override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }

private:
    FileTransport(FileDescriptor file, std::string path)
        : file_(std::move(file)),
          path_(std::move(path)) {}

    [[nodiscard]] Result<void> put(std::string_view bytes);

    FileDescriptor file_;
    std::string path_;     // for messages
    std::string pending_;  // the head, until something follows it
    OutputNumbers numbers_;
};

}  // namespace flowgauge
