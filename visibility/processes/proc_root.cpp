#include "visibility/processes/proc_root.h"

#include "core/base/format.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

namespace flowgauge {

LookOutcome outcome_of(int error) noexcept {
    switch (error) {
    case 0:
        return LookOutcome::kRead;
    case ENOENT:
    case ESRCH:
        return LookOutcome::kVanished;
    default:
        return LookOutcome::kDenied;
    }
}

Result<ProcRoot> ProcRoot::open(std::string path) {
    FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
        const int error = errno;
        return Error{
            ErrorKind::kSystem,
            format(
                "cannot open {}: {}; processes are known from a mounted procfs",
                path,
                std::generic_category().message(error)
            )};
    }
    return ProcRoot(std::move(directory), path == "/proc");
}

ProcPath::ProcPath(std::int32_t pid, std::string_view name) noexcept {
    append(pid);
    if (!name.empty()) {
        append("/");
        append(name);
    }
}

ProcPath::ProcPath(std::int32_t pid, std::int32_t thread, std::string_view name) noexcept {
    append(pid);
    append("/task/");
    append(thread);
    append("/");
    append(name);
}

// The last byte stays zero.
void ProcPath::append(std::string_view text) noexcept {
    const std::size_t bytes = std::min(text.size(), text_.size() - 1 - size_);
    std::memcpy(text_.data() + size_, text.data(), bytes);
    size_ += bytes;
}

void ProcPath::append(std::int32_t number) noexcept {
    char* begin = text_.data();
    char* end = std::to_chars(begin + size_, begin + text_.size() - 1, number).ptr;
    size_ = static_cast<std::size_t>(end - begin);
}

FileDescriptor open_directory(int directory, const char* path, LookOutcome& outcome) {
    FileDescriptor opened(::openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    outcome = opened ? LookOutcome::kRead : outcome_of(errno);
    return opened;
}

LookOutcome read_file(int directory, const char* path, std::size_t bytes_max, std::string& out) {
    out.clear();
    const FileDescriptor file(::openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        return outcome_of(errno);
    }
    out.resize(bytes_max);
    std::size_t size = 0;
    while (size < bytes_max) {
        const ssize_t got = ::read(file.get(), out.data() + size, bytes_max - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            const LookOutcome outcome = outcome_of(errno);
            out.clear();
            return outcome;
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    out.resize(size);
    return LookOutcome::kRead;
}

LookOutcome read_link(
    int directory, const char* path, std::span<char> room, std::string_view& text
) {
    const ssize_t size = ::readlinkat(directory, path, room.data(), room.size());
    text = {room.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    return size < 0 ? outcome_of(errno) : LookOutcome::kRead;
}

std::int64_t decimal_of(std::string_view text) noexcept {
    std::int64_t number = -1;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && at == end && number >= 0 && text[0] != '-' ? number : -1;
}

void DirectoryNames::begin(int directory, std::int64_t offset) noexcept {
    directory_ = directory;
    at_ = 0;
    size_ = 0;
    outcome_ = ::lseek(directory, offset, SEEK_SET) < 0 ? outcome_of(errno) : LookOutcome::kRead;
}

bool DirectoryNames::next(Entry& entry) noexcept {
    if (outcome_ != LookOutcome::kRead) {
        return false;
    }
    if (at_ == size_) {
        const ssize_t got = ::getdents64(directory_, room_.get(), kRoomBytes);
        if (got <= 0) {
            outcome_ = got < 0 ? outcome_of(errno) : LookOutcome::kRead;
            return false;
        }
        at_ = 0;
        size_ = static_cast<std::size_t>(got);
    }
    const std::byte* record = room_.get() + at_;
    std::uint16_t bytes = 0;
    std::memcpy(&bytes, record + offsetof(dirent64, d_reclen), sizeof bytes);
    std::memcpy(&entry.next_offset, record + offsetof(dirent64, d_off), sizeof entry.next_offset);
    std::memcpy(&entry.inode, record + offsetof(dirent64, d_ino), sizeof entry.inode);
    entry.is_directory =
        std::to_integer<unsigned char>(record[offsetof(dirent64, d_type)]) == DT_DIR;
    entry.name = reinterpret_cast<const char*>(record + offsetof(dirent64, d_name));
    at_ += bytes;
    return true;
}

}  // namespace flowgauge
