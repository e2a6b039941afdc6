#include "capture/capture_file.h"

#include "capture/pcap_file.h"
#include "capture/pcapng_file.h"
#include "core/base/file_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kMagicBytes = 4;

// "0x0a0d0d0a", in the order of the file.
std::string to_hex(const std::uint8_t* bytes, std::size_t count) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "0x";
    for (std::size_t i = 0; i < count; ++i) {
        text += kDigits[bytes[i] >> 4];
        text += kDigits[bytes[i] & 0x0F];
    }
    return text;
}

// "record 3", or "the file header".
std::string describe(std::string_view noun, std::uint64_t number) {
    return number == 0 ? "the " + std::string(noun)
                       : std::string(noun) + " " + std::to_string(number);
}

Result<FileDescriptor> open_descriptor(const std::string& path) {
    // A copy of standard input, because closing that one would let the next open() take its number.
    FileDescriptor descriptor(
        path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                    : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)
    );
    if (!descriptor) {
        return Error{ErrorKind::kUsage, std::generic_category().message(errno)};
    }
    // open(2) takes a directory, and only read(2) would refuse it.
    struct stat status {};
    if (::fstat(descriptor.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
        return Error{ErrorKind::kUsage, std::generic_category().message(EISDIR)};
    }
    return descriptor;
}

}  // namespace

Result<std::unique_ptr<CaptureFile>> CaptureFile::open(
    const std::string& path, const std::atomic<bool>* interrupted
) {
    std::string name = path == "-" ? "standard input" : path;
    Result<FileDescriptor> descriptor = open_descriptor(path);
    if (!descriptor) {
        return std::move(descriptor).error().within(name);
    }
    ByteStream stream(std::move(descriptor).value());
    stream.end_when(interrupted);
    if (!stream.ensure(kMagicBytes)) {
        if (stream.failed()) {
            return stream.error().within(name);
        }
        const std::size_t left = stream.available();
        return Error{
            ErrorKind::kDamaged,
            left == 0 ? name + ": empty file"
                      : name + ": truncated at byte 0: the file header needs " +
                            std::to_string(kMagicBytes) + " bytes, " + std::to_string(left) +
                            " are left"};
    }
    if (PcapngFile::recognises(stream.data())) {
        return PcapngFile::open(std::move(stream), std::move(name));
    }
    if (PcapFile::recognises(stream.data())) {
        return PcapFile::open(std::move(stream), std::move(name));
    }
    return Error{
        ErrorKind::kUsage,
        name + ": not a capture file (starts with " + to_hex(stream.data(), kMagicBytes) +
            "); expected pcap or pcapng"};
}

CaptureFile::CaptureFile(ByteStream stream, std::string name)
    : stream_(std::move(stream)),
      name_(std::move(name)) {}

CaptureFile::Status CaptureFile::finish() noexcept {
    status_ = Status::kEnd;
    return status_;
}

CaptureFile::Status CaptureFile::fail(Error error) {
    error_ = std::move(error);
    status_ = Status::kFailed;
    return status_;
}

Error CaptureFile::damage(const Place& place, std::string_view what) const {
    return Error{
        ErrorKind::kDamaged,
        name_ + ": damaged at byte " + std::to_string(place.offset) + ": " +
            describe(place.noun, place.number) + " " + std::string(what)};
}

Error CaptureFile::shortage(const Place& place, std::uint64_t needed) const {
    if (stream_.failed()) {
        return stream_.error().within(name_);
    }
    const std::uint64_t left = stream_.offset() + stream_.available() - place.offset;
    return Error{
        ErrorKind::kDamaged,
        name_ + ": truncated at byte " + std::to_string(place.offset) + ": " +
            describe(place.noun, place.number) + " needs " + std::to_string(needed) + " bytes, " +
            std::to_string(left) + " are left"};
}

Error CaptureFile::unusable(std::string_view what) const {
    return Error{ErrorKind::kUsage, name_ + ": " + std::string(what)};
}

}  // namespace flowgauge
