#include "export/sink/transport.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace flowgauge {
namespace {

constexpr mode_t kFileMode = 0640;

Error output_error(const std::string& path, int code) {
    return {ErrorKind::kOutput, path + ": " + std::generic_category().message(code)};
}

}  // namespace

Result<std::unique_ptr<Transport>> FileTransport::open(const std::string& path) {
    const bool standard = path == "-";
    // A copy of standard output, so that closing reports what is still to be written.
    FileDescriptor file(
        standard ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                 : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode)
    );
    const std::string name = standard ? "standard output" : path;
    if (!file) {
        return output_error(name, errno);
    }
    return std::unique_ptr<Transport>(new FileTransport(std::move(file), name));
}

Result<void> FileTransport::write(const RecordBatch& batch) {
    if (Result<void> written = put(batch.bytes); !written) {
        return written;
    }
    numbers_.records_acknowledged += batch.size();
    numbers_.last_success_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                   std::chrono::system_clock::now().time_since_epoch()
    )
                                   .count();
    return {};
}

Result<void> FileTransport::close(std::string_view tail) {
    if (Result<void> written = put(tail); !written) {
        return written;
    }
    if (::close(file_.release()) != 0) {
        return output_error(path_, errno);
    }
    return {};
}

// Writes the head, if nothing was written yet, and `bytes` with one call of the kernel.
Result<void> FileTransport::put(std::string_view bytes) {
    while (!pending_.empty() || !bytes.empty()) {
        std::array<iovec, 2> parts{
            iovec{.iov_base = pending_.data(), .iov_len = pending_.size()},
            iovec{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()}};
        const ssize_t written = ::writev(file_.get(), parts.data(), parts.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            numbers_.working = 0;
            ++numbers_.errors;
            return output_error(path_, errno);
        }
        const auto count = static_cast<std::size_t>(written);
        const std::size_t of_head = std::min(count, pending_.size());
        pending_.erase(0, of_head);
        bytes.remove_prefix(count - of_head);
        numbers_.bytes_written += count;
    }
    return {};
}

}  // namespace flowgauge
