#include "python/src/numbered_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace flowgauge {

std::string numbered_path(const NumberedFilesOptions& options, std::uint64_t number) {
    if (options.flows_per_file == 0) {
        return options.path;
    }
    constexpr std::string_view kEnding = "csv";
    const std::string text = std::to_string(number);
    if (!options.path.ends_with(kEnding)) {
        return options.path + "." + text;
    }
    return options.path.substr(0, options.path.size() - kEnding.size()) + text + "." +
           std::string(kEnding);
}

// As many rows at one time as the file may have.
bool NumberedFiles::deliver(const Block& block) {
    std::size_t unit = 0;
    while (unit < block.units.size() && !failure()) {
        const bool is_full =
            options_.flows_per_file != 0 && rows_in_file_ == options_.flows_per_file;
        if ((!file_ || is_full) && !open_next(block)) {
            return false;
        }
        std::size_t count = block.units.size() - unit;
        if (options_.flows_per_file != 0) {
            count = std::min<std::size_t>(count, options_.flows_per_file - rows_in_file_);
        }
        const std::size_t begin = unit == 0 ? 0 : block.units[unit - 1].end;
        const std::size_t end = block.units[unit + count - 1].end;
        if (!write(std::string_view(block.bytes).substr(begin, end - begin))) {
            return false;
        }
        rows_in_file_ += count;
        unit += count;
    }
    return !failure();
}

bool NumberedFiles::open_next(const Block& block) {
    const std::uint64_t number =
        options_.rotate_files == 0 ? next_number_ : next_number_ % options_.rotate_files;
    ++next_number_;
    const std::string path = numbered_path(options_, number);
    constexpr int kMode = 0666;  // the user's umask decides
    file_ = FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
    if (!file_) {
        fail({ErrorKind::kOutput, path + ": " + std::generic_category().message(errno)});
        return false;
    }
    rows_in_file_ = 0;
    ++own_numbers().files_opened;
    return write(block.preamble->bytes);
}

bool NumberedFiles::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file_.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            fail({ErrorKind::kOutput, options_.path + ": " + std::generic_category().message(errno)}
            );
            return false;
        }
        own_numbers().bytes_written += static_cast<std::uint64_t>(written);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace flowgauge
