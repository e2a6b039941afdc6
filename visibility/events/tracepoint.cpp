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

// Why `directory` gives no tracepoint of TCP's states, when reading a file ended with `error`.
[[nodiscard]] Error refused(const std::string& directory, int error) {
    if (error == EACCES || error == EPERM) {
        return {
            ErrorKind::kSystem,
            format(
                "tracepoints in {} may not be read ({}); it takes CAP_DAC_READ_SEARCH, CAP_PERFMON "
                "to listen to them, and a kernel that is not locked down for confidentiality",
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

// What its two files say, or errno.
struct Description {
    std::uint64_t id = 0;
    std::string format_text;
    int error = 0;
};

[[nodiscard]] Result<Description> describe(const std::string& path) {
    const FileText id = read_text(path + "/id");
    FileText layout = read_text(path + "/format");
    Description found;
    found.error = id.error != 0 ? id.error : layout.error;
    const char* end = id.text.data() + id.text.size();
    if (found.error == 0 && std::from_chars(id.text.data(), end, found.id).ec != std::errc{}) {
        return Error{
            ErrorKind::kSystem, format("{}/id is no number: \"{}\"", path, id.text.substr(0, 40))};
    }
    found.format_text = std::move(layout.text);
    return found;
}

[[nodiscard]] Result<Tracepoints> find_state_change(const std::string& directory) {
    Result<Description> found = describe(directory + "/events/sock/inet_sock_set_state");
    if (!found) {
        return std::move(found.error());
    }
    if (found.value().error != 0) {
        return refused(directory, found.value().error);
    }
    Result<StateChangeLayout> layout = read_state_change_layout(found.value().format_text);
    if (!layout) {
        return std::move(layout.error());
    }
    Tracepoints tracepoints;
    tracepoints.state_change = found.value().id;
    tracepoints.layouts.state_change = layout.value();
    return tracepoints;
}

// Errors: there is none, or another than we know.
[[nodiscard]] Result<void> find_program(const std::string& directory, Tracepoints& tracepoints) {
    int error = 0;
    // Since Linux 6.10, and before.
    for (const char* name : {"sched_prepare_exec", "sched_process_exec"}) {
        Result<Description> found = describe(directory + "/events/sched/" + name);
        if (!found) {
            return std::move(found.error());
        }
        error = found.value().error;
        if (error != 0) {
            continue;
        }
        const auto type = static_cast<std::uint16_t>(found.value().id);
        Result<ProgramLayout> layout = read_program_layout(type, found.value().format_text);
        if (!layout) {
            return std::move(layout.error());
        }
        tracepoints.program = found.value().id;
        tracepoints.layouts.program = layout.value();
        return {};
    }
    return Error{
        ErrorKind::kSystem,
        format(
            "no tracepoint sched:sched_process_exec in {} ({})",
            directory,
            std::generic_category().message(error)
        )};
}

}  // namespace

Result<Tracepoints> find_tracepoints(
    const std::vector<std::string>& directories, std::vector<std::string>& notes
) {
    for (const std::string& directory : directories) {
        // A directory that may not be entered cannot be told from an empty one by its content.
        if (!exists(directory + "/events") && errno != EACCES && errno != EPERM) {
            continue;
        }
        Result<Tracepoints> found = find_state_change(directory);
        if (found) {
            if (Result<void> program = find_program(directory, found.value()); !program) {
                notes.push_back(note_without_programs(program.error().message));
            }
        }
        return found;
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

std::string note_without_programs(std::string_view cause) {
    return format(
        "events by perf, without programs, so that names of processes that are gone end after 15 "
        "characters: {}",
        cause
    );
}

}  // namespace flowgauge
