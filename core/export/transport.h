// Transport: carries encoded bytes out of the process. Knows nothing of records.
#pragma once

#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace flowgauge {

// Thread: the sink's.
class Transport {
public:
    virtual ~Transport() = default;

    // Returns when all bytes were accepted. May wait.
    [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;

    // Ends the output; the last chance to learn that it failed.
    [[nodiscard]] virtual Result<void> close() = 0;
};

// A file, written from its beginning, or standard output for "-".
class FileTransport final : public Transport {
public:
    // Errors: kOutput with path and reason.
    [[nodiscard]] static Result<std::unique_ptr<Transport>> open(const std::string& path);

    [[nodiscard]] Result<void> write(std::string_view bytes) override;
    [[nodiscard]] Result<void> close() override;

private:
    FileTransport(FileDescriptor file, std::string path)
        : file_(std::move(file)),
          path_(std::move(path)) {}

    FileDescriptor file_;
    std::string path_;  // for messages
};

}  // namespace flowgauge
