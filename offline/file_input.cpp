#include "offline/file_input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace flowgauge {
namespace {

constexpr std::uint32_t kSnapshotMax = 262144;

}  // namespace

Result<FileInput> FileInput::open(
    std::vector<std::string> paths, std::string bpf_filter, const std::atomic<bool>& stop
) {
    if (!bpf_filter.empty()) {
        Result<PacketFilter> trial =
            PacketFilter::compile(bpf_filter, LinkType::kEthernet, kSnapshotMax);
        if (!trial) {
            return std::move(trial).error();
        }
    }
    for (const std::string& path : paths) {
        if (path != "-" && ::access(path.c_str(), R_OK) != 0) {
            return Error{ErrorKind::kUsage, path + ": " + std::generic_category().message(errno)};
        }
    }
    return FileInput(std::move(paths), std::move(bpf_filter), stop);
}

// Files that were read are forgotten: an input may go on for months.
void FileInput::add(std::string path) {
    if (next_path_ == paths_.size()) {
        paths_.clear();
        next_path_ = 0;
    }
    paths_.push_back(std::move(path));
}

bool FileInput::open_next() {
    while (next_path_ < paths_.size() && !stop_->load(std::memory_order_relaxed)) {
        Result<std::unique_ptr<CaptureFile>> opened =
            CaptureFile::open(paths_[next_path_++], stop_);
        if (opened) {
            file_ = std::move(opened).value();
            if (use_ != nullptr) {
                file_->keep_frames(use_->buffers, &use_->before_reuse);
            }
            return true;
        }
        if (!stop_->load(std::memory_order_relaxed)) {
            problems_.push_back(std::move(opened).error());
        }
    }
    return false;
}

FileInput::Step FileInput::next(Frame& frame) {
    while (file_ != nullptr || open_next()) {
        switch (file_->next(frame)) {
        case CaptureFile::Status::kFrame:
            frame.position = next_position_++;
            return passes(frame) ? Step::kFrame : Step::kFiltered;
        case CaptureFile::Status::kFailed:
            if (!stop_->load(std::memory_order_relaxed)) {
                problems_.push_back(file_->error());
            }
            break;
        case CaptureFile::Status::kEnd:
            break;
        }
        bytes_before_ = bytes_read();
        close();
    }
    return Step::kEnd;
}

void FileInput::close() {
    if (use_ != nullptr) {
        use_->before_end();
    }
    file_.reset();
}

// A filter that cannot be compiled for a link type (ether host on raw IP) matches none of its
// frames.
bool FileInput::passes(const Frame& frame) {
    if (filter_text_.empty() || !is_supported(frame.link_type)) {
        return true;
    }
    auto found = filters_.find(frame.link_type);
    if (found == filters_.end()) {
        Result<PacketFilter> filter =
            PacketFilter::compile(filter_text_, frame.link_type, kSnapshotMax);
        if (!filter) {
            problems_.push_back(std::move(filter).error().within(to_string(frame.link_type)));
            filter = PacketFilter::compile("less 0", frame.link_type, kSnapshotMax);
        }
        if (!filter) {
            return false;
        }
        found = filters_.emplace(frame.link_type, std::move(filter).value()).first;
    }
    return found->second.matches(frame);
}

void FileInput::note_link_type(LinkType type) {
    if (std::ranges::find(unread_link_types_, type) == unread_link_types_.end()) {
        unread_link_types_.push_back(type);
        problems_.push_back(
            {ErrorKind::kUsage,
             paths_[next_path_ - 1] + ": unsupported " + to_string(type) +
                 "; its frames are counted as link_type"}
        );
    }
}

}  // namespace flowgauge
