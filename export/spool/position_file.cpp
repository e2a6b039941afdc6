#include "export/spool/position_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

constexpr const char* kName = "position";
constexpr const char* kOtherName = "position.new";

}  // namespace

std::optional<Landmark> PositionFile::load(bool& is_damaged) const {
    std::optional<Landmark> best;
    is_damaged = false;
    for (const bool is_other : {false, true}) {
        const char* name = is_other ? kOtherName : kName;
        const FileDescriptor file = directory_.open_file(name, O_RDONLY);
        if (!file) {
            is_damaged |= errno != ENOENT;
            continue;
        }
        std::array<char, kLandmarkBytes> bytes{};
        const ssize_t count = ::pread(file.get(), bytes.data(), bytes.size(), 0);
        const std::optional<Landmark> found = read_landmark(
            LandmarkKind::kPosition,
            std::string_view(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0)
        );
        // The second file may be half written; only the first was whole once.
        is_damaged |= !found && !is_other;
        // Both were true when they were written, so the later one is.
        if (found &&
            (!best || (found->salt == best->salt && found->point.frame > best->point.frame))) {
            best = found;
        }
    }
    return best;
}

void PositionFile::begin(const Landmark& landmark) {
    assert(!is_busy());
    state_ = State::kWriting;
    next_ = landmark.point;
    bytes_ = landmark_bytes(LandmarkKind::kPosition, landmark);
    file_ = directory_.open_file(kOtherName, O_WRONLY | O_CREAT);
    error_ = file_ ? 0 : errno;
    if (file_) {
        write_ = {.file = file_.get(), .bytes = bytes_, .sync = true};
        writer_.submit(write_);
    }
}

int PositionFile::turn() {
    if (state_ == State::kIdle || write_.busy) {
        return 0;
    }
    const int error = error_ != 0 ? error_ : write_.error;
    if (error != 0) {
        return fail(error);
    }
    if (state_ == State::kWriting) {
        return give_name();
    }
    durable_ = next_;
    state_ = State::kIdle;
    file_ = {};
    return 0;
}

int PositionFile::give_name() {
    if (const int error = directory_.exchange(kOtherName, kName); error != 0) {
        return fail(error);
    }
    state_ = State::kNaming;
    write_ = {.file = directory_.descriptor(), .sync = true, .metadata = true};
    writer_.submit(write_);
    return 0;
}

int PositionFile::fail(int error) noexcept {
    state_ = State::kIdle;
    file_ = {};
    return error;
}

}  // namespace flowgauge
