#include "command/read_progress.h"

#include "capture/pcap_file.h"
#include "capture/pcapng_file.h"
#include "command/output_format.h"
#include "core/base/file_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace flowgauge {
namespace {

constexpr std::chrono::milliseconds kEvery{200};
constexpr double kPatienceSeconds = 1;  // what is read sooner needs no line

// From where `descriptor` stands to its end.
std::optional<std::uint64_t> bytes_ahead(int descriptor) {
    struct stat status {};
    const off_t at = ::lseek(descriptor, 0, SEEK_CUR);
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || at < 0) {
        return std::nullopt;
    }
    std::array<std::uint8_t, 4> magic{};
    if (::pread(descriptor, magic.data(), magic.size(), at) != ssize_t{magic.size()} ||
        !(PcapFile::recognises(magic.data()) || PcapngFile::recognises(magic.data()))) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(status.st_size - at);
}

}  // namespace

bool shows_progress(const Settings& settings, const Terminal& out, const Terminal& error) {
    if (settings.output.progress != ProgressMode::kAuto) {
        return settings.output.progress == ProgressMode::kAlways;
    }
    const bool rows_on_terminal = settings.output.sink.encoder.format != RecordFormat::kTable &&
                                  writes_to_terminal(settings, out);
    return error.present && !rows_on_terminal;
}

std::optional<std::uint64_t> bytes_to_read(const std::vector<std::string>& paths) {
    std::uint64_t total = 0;
    for (const std::string& path : paths) {
        FileDescriptor file;
        if (path != "-") {
            // Without O_NONBLOCK a pipe with a name would wait for its writer.
            file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        }
        const std::optional<std::uint64_t> bytes =
            bytes_ahead(path == "-" ? STDIN_FILENO : file.get());
        if (!bytes) {
            return std::nullopt;
        }
        total += *bytes;
    }
    return total;
}

ReadProgress::ReadProgress(bool shown, std::optional<std::uint64_t> total_bytes)
    : total_bytes_(total_bytes) {
    if (shown) {
        thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
    }
}

void ReadProgress::see(const WalkPoint& point) {
    bytes_.store(point.bytes, std::memory_order_relaxed);
    packets_.store(point.packets, std::memory_order_relaxed);
    flows_.store(point.flows, std::memory_order_relaxed);
    want(false);
}

void ReadProgress::finish() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
        show("");
    }
}

void ReadProgress::work(const std::stop_token& stop) {
    const auto begin = std::chrono::steady_clock::now();
    ProgressRate rate;
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, stop, kEvery, [&stop] { return stop.stop_requested(); })) {
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
        const WalkPoint point{
            .bytes = bytes_.load(std::memory_order_relaxed),
            .packets = packets_.load(std::memory_order_relaxed),
            .flows = flows_.load(std::memory_order_relaxed)};
        rate.add(passed.count(), point);
        if (passed.count() > kPatienceSeconds) {
            // One less than there are: a full line would wrap. Asked each time, for it may change.
            const std::size_t columns = terminal_columns(STDERR_FILENO);
            show(progress_text(
                point, rate, total_bytes_, (columns == 0 ? Terminal().columns : columns) - 1
            ));
        }
        want(true);
    }
}

// Writes over what stands there, with spaces where it was longer: every terminal knows these.
void ReadProgress::show(const std::string& text) {
    if (text.empty() && shown_columns_ == 0) {
        return;
    }
    std::string line = "\r" + text;
    if (text.size() < shown_columns_) {
        line.append(shown_columns_ - text.size(), ' ');
    }
    line += '\r';
    shown_columns_ = text.size();
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace flowgauge
