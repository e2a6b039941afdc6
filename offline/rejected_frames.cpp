#include "offline/rejected_frames.h"

#include "service/message.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

// What copies may take at least, so that a small reassembly memory does not cut long frames.
constexpr std::size_t kCopiedBytesMin = std::size_t{2} << 20;

// Whether writing `path` would destroy what is to be read from `source`.
bool is_same_file(const std::string& path, const std::string& source) {
    struct stat one {};
    struct stat other {};
    return ::stat(path.c_str(), &one) == 0 && ::stat(source.c_str(), &other) == 0 &&
           S_ISREG(one.st_mode) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

Result<std::unique_ptr<RejectedFrames>> RejectedFrames::open(const Settings& settings) {
    const std::string& path = settings.output.rejected_path;
    if (path.empty()) {
        return std::unique_ptr<RejectedFrames>();
    }
    for (const std::string& source : settings.sources) {
        if (is_same_file(path, source)) {
            return Error{
                ErrorKind::kUsage,
                "--rejected: " + path + " is a file to be read; name another one"};
        }
    }
    Result<PcapngWriter> file = PcapngWriter::open(path);
    if (!file) {
        return std::move(file).error().within("rejected frames");
    }
    return std::make_unique<RejectedFrames>(
        std::move(file).value(), path, settings.meter.decode.reassembly_memory
    );
}

RejectedFrames::RejectedFrames(
    PcapngWriter file, std::string path, std::size_t reassembly_memory
) noexcept
    : file_(std::move(file)),
      path_(std::move(path)),
      copied_bytes_max_(std::max(2 * reassembly_memory, kCopiedBytesMin)) {}

void RejectedFrames::held(std::uint64_t position) {
    const std::size_t all = frame_.bytes.size();
    const bool fits = all <= copied_bytes_max_ - std::min(copied_bytes_, copied_bytes_max_);
    const auto kept = frame_.bytes.first(fits ? all : std::min(all, kCutBytes));
    Copy& copy = held_[position];
    copy.frame = frame_;
    copy.bytes.assign(kept.begin(), kept.end());
    copied_bytes_ += kept.size();
}

void RejectedFrames::rejected(std::uint64_t position, Rejection reason) {
    const bool wanted = reason != Rejection::kReassembledFragment;
    const auto found = held_.find(position);
    if (found == held_.end()) {
        if (wanted) {
            file_.write(frame_, to_string(reason));
        }
        return;
    }
    Copy& copy = found->second;
    if (wanted) {
        cut_frames_ += copy.bytes.size() < copy.frame.bytes.size() ? 1U : 0U;
        copy.frame.bytes = copy.bytes;
        file_.write(copy.frame, to_string(reason));
    }
    copied_bytes_ -= copy.bytes.size();
    held_.erase(found);
}

Result<void> RejectedFrames::close() {
    if (cut_frames_ != 0) {
        print_message(
            path_ + ": " + std::to_string(cut_frames_) + " fragments are cut to " +
            std::to_string(kCutBytes) + " bytes: copies would have taken more than " +
            std::to_string(copied_bytes_max_) + " bytes; raise --reassembly-memory"
        );
    }
    Result<void> closed = file_.close();
    if (!closed) {
        return std::move(closed).error().within("rejected frames");
    }
    return {};
}

}  // namespace flowgauge
