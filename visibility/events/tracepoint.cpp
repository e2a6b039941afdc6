#include "visibility/events/tracepoint.h"

#include "core/base/file_descriptor.h"
#include "core/base/format.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kTextMax = 16'384;  // its format is 1,500 characters

// The beginning of a file, or errno.
struct FileText {
    std::string text;
    int error = 0;
};

[[nodiscard]] FileText read_text(const std::string& path) {
    FileText file;
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    file.text.resize(kTextMax);
    std::size_t have = 0;
    while (fd && have < kTextMax) {
        const ssize_t count = ::read(fd.get(), file.text.data() + have, kTextMax - have);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            file.error = count < 0 ? errno : 0;
            file.text.resize(have);
            return file;
        }
        have += static_cast<std::size_t>(count);
    }
    file.error = fd ? 0 : errno;
    file.text.resize(have);
    return file;
}

[[nodiscard]] bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

// Why `directory` gives no tracepoint, when reading the file ended with `error`.
[[nodiscard]] Error refused(const std::string& directory, int error) {
    if (error == EACCES || error == EPERM) {
        return {
            ErrorKind::kSystem,
            format(
                "tracepoints in {} may not be read ({}); it takes CAP_DAC_READ_SEARCH, and a "
                "kernel "
                "that is not locked down for confidentiality",
                directory,
                std::generic_category().message(error)
            )};
    }
    return {
        ErrorKind::kSystem,
        format(
            "no tracepoint sock:inet_sock_set_state in {} ({}); Linux has it since 4.16",
            directory,
            std::generic_category().message(error)
        )};
}

[[nodiscard]] Result<Tracepoint> read_tracepoint(const std::string& directory) {
    const std::string path = directory + "/events/sock/inet_sock_set_state";
    const FileText id = read_text(path + "/id");
    const FileText layout = read_text(path + "/format");
    if (id.error != 0 || layout.error != 0) {
        return refused(directory, id.error != 0 ? id.error : layout.error);
    }
    Tracepoint tracepoint;
    const char* end = id.text.data() + id.text.size();
    if (std::from_chars(id.text.data(), end, tracepoint.id).ec != std::errc{}) {
        return Error{
            ErrorKind::kSystem, format("{}/id is no number: \"{}\"", path, id.text.substr(0, 40))};
    }
    Result<StateChangeLayout> fields = read_state_change_layout(layout.text);
    if (!fields) {
        return std::move(fields.error());
    }
    tracepoint.layout = fields.value();
    return tracepoint;
}

}  // namespace

Result<Tracepoint> find_state_change(const std::vector<std::string>& directories) {
    for (const std::string& directory : directories) {
        // A directory that may not be entered cannot be told from an empty one by its content.
        if (exists(directory + "/events") || errno == EACCES || errno == EPERM) {
            return read_tracepoint(directory);
        }
    }
    return Error{
        ErrorKind::kSystem,
        format(
            "tracefs is not mounted at {}; mount it before the sensor starts: mount -t tracefs "
            "tracefs {}",
            join(directories, " or "),
            directories.empty() ? std::string() : directories.front()
        )};
}

}  // namespace flowgauge
