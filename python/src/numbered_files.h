// NumberedFiles: rows of CSV into the files of NFStream's to_csv().
#pragma once

#include "core/base/file_descriptor.h"

#include <cstdint>
#include <string>

#include "python/src/prompt_transport.h"

namespace flowgauge {

struct NumberedFilesOptions {
    std::string path;
    std::uint64_t flows_per_file = 0;  // 0: one file
    std::uint64_t rotate_files = 0;    // 0: each file has a number of its own; else they come again
};

// "flows.csv", or with flows_per_file "flows.0.csv", "flows.1.csv" and so on.
[[nodiscard]] std::string numbered_path(const NumberedFilesOptions& options, std::uint64_t number);

// A file is made with its first row. Waits for the disk: nothing but a caller of to_csv() waits for
// it. Thread: the sink's.
class NumberedFiles final : public PromptTransport {
public:
    explicit NumberedFiles(NumberedFilesOptions options) : options_(std::move(options)) {}

private:
    [[nodiscard]] bool deliver(const Block& block) override;
    [[nodiscard]] bool open_next(const Block& block);
    [[nodiscard]] bool write(std::string_view text);

    NumberedFilesOptions options_;
    FileDescriptor file_;
    std::uint64_t next_number_ = 0;
    std::uint64_t rows_in_file_ = 0;
};

}  // namespace flowgauge
