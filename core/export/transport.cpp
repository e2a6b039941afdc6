#include "core/export/transport.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
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

Result<void> FileTransport::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return output_error(path_, errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> FileTransport::close() {
    if (::close(file_.release()) != 0) {
        return output_error(path_, errno);
    }
    return {};
}

}  // namespace flowgauge
