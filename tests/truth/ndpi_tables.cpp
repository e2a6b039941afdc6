// Compares dissection with the tables that nDPI's own reader wrote for the same captures.
//
//     ndpi_tables CAPTURES EXPECTED [PROTOCOLS_FILE]
//
// For each capture X in CAPTURES with a file X.out in EXPECTED, the table "protocol, packets,
// bytes, flows" of both must be equal line by line. Only public options of the libraries are used:
// nDPI's packet limits, no timeouts, its tunnels and its rules for frames. Exit status: 0 all
// equal, 1 some differ, 2 wrong use, 77 nothing to compare.
#include "capture/capture_file.h"
#include "core/dpi/dissection_observer.h"
#include "core/flow/packet_clock.h"
#include "core/meter/meter.h"
#include "core/meter/record_layout.h"
#include "core/packet/intake.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

namespace fs = std::filesystem;

constexpr int kSkipped = 77;

// ndpiReader is done with a flow once it has seen more than 80 TCP or 24 UDP packets; the one
// beyond is still dissected.
MeterOptions reader_options(const std::string& protocols_file) {
    MeterOptions options;
    options.decode.fragments = FragmentPolicy::kFirstOnly;
    options.decode.minimum_frame_bytes = 28;
    options.decode.require_whole_datagram = true;
    options.decode.check_ether_type = false;
    options.flow.idle_timeout = std::chrono::hours(24 * 365 * 100);
    options.flow.active_timeout = options.flow.idle_timeout;
    options.dissection.limits = {.tcp = 81, .udp = 25, .other = kDissectWithoutLimit};
    options.dissection.protocols_file = protocols_file;
    return options;
}

struct Row {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t flows = 0;
};

// Adds each record to the row of its protocol.
class TableOutlet final : public RecordOutlet {
public:
    explicit TableOutlet(const RecordLayout& layout) : layout_(layout) {}

    void attach(const Meter& meter) { names_ = meter.application_names(); }

    bool emit(const FlowRecord& record) override {
        const Application& application =
            DissectionObserver::read(record.cold + *layout_.application);
        Row& row = rows_[names_->protocol(application)];
        row.packets += record.flow->all_packets();
        row.bytes += record.flow->all_bytes();
        ++row.flows;
        return false;  // released at once
    }
    void reached(Tick /*moment*/) override {}

    // "NAME\tpackets\tbytes\tflows", sorted.
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> lines;
        for (const auto& [name, row] : rows_) {
            lines.push_back(
                name + "\t" + std::to_string(row.packets) + "\t" + std::to_string(row.bytes) +
                "\t" + std::to_string(row.flows)
            );
        }
        std::ranges::sort(lines);
        return lines;
    }

private:
    RecordLayout layout_;
    std::shared_ptr<const ApplicationNames> names_;
    std::map<std::string, Row> rows_;
};

// The lines of the table in a result file: three numbers behind a name, apart from all else in it.
std::vector<std::string> expected_lines(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find('\t');
        const std::string rest = first == std::string::npos ? "" : line.substr(first);
        const bool numbers = !rest.empty() && std::ranges::all_of(rest, [](unsigned char c) {
            return std::isdigit(c) != 0 || c == '\t';
        });
        if (first != 0 && numbers && std::ranges::count(rest, '\t') == 3) {
            lines.push_back(line);
        }
    }
    std::ranges::sort(lines);
    return lines;
}

// Reads one capture with a fresh module, as each expected table was made.
Result<std::vector<std::string>> read_table(const fs::path& path, const MeterOptions& options) {
    Result<std::unique_ptr<CaptureFile>> file = CaptureFile::open(path);
    if (!file) {
        return std::move(file).error();
    }
    TableOutlet outlet(layout_of(options));
    Result<std::unique_ptr<Meter>> meter = Meter::open(options, 1U << 30, {}, outlet);
    if (!meter) {
        return std::move(meter).error();
    }
    outlet.attach(*meter.value());
    Intake intake(options.decode);
    PacketClock clock(options.flow.time_unit);
    Frame frame;
    while (file.value()->next(frame) == CaptureFile::Status::kFrame) {
        frame.wire_bytes = static_cast<std::uint32_t>(frame.bytes.size());  // the reader's "bytes"
        if (intake.decode(frame) == IntakeStep::kPacket && clock.stamp(intake.packet())) {
            meter.value()->shard().add(intake.packet());
        }
    }
    meter.value()->shard().finish(clock.now(), EndReason::kEndOfInput);
    return outlet.lines();
}

void print_difference(
    const std::string& name,
    const std::vector<std::string>& expected,
    const std::vector<std::string>& actual
) {
    std::printf("%s differs\n", name.c_str());
    for (const std::string& line : expected) {
        if (std::ranges::find(actual, line) == actual.end()) {
            std::printf("  - %s\n", line.c_str());
        }
    }
    for (const std::string& line : actual) {
        if (std::ranges::find(expected, line) == expected.end()) {
            std::printf("  + %s\n", line.c_str());
        }
    }
}

int compare(const fs::path& captures, const fs::path& expected, const std::string& protocols) {
    const MeterOptions options = reader_options(protocols);
    std::vector<fs::path> paths;
    for (const fs::directory_entry& entry : fs::directory_iterator(captures)) {
        if (fs::exists(expected / (entry.path().filename().string() + ".out"))) {
            paths.push_back(entry.path());
        }
    }
    std::ranges::sort(paths);
    std::size_t equal = 0;
    for (const fs::path& path : paths) {
        const std::string name = path.filename().string();
        Result<std::vector<std::string>> actual = read_table(path, options);
        const std::vector<std::string> wanted = expected_lines(expected / (name + ".out"));
        if (!actual) {
            std::printf("%s: %s\n", name.c_str(), actual.error().message.c_str());
        } else if (actual.value() != wanted || wanted.empty()) {
            print_difference(name, wanted, actual.value());
        } else {
            ++equal;
        }
    }
    std::printf("%zu of %zu tables equal\n", equal, paths.size());
    if (paths.empty()) {
        return kSkipped;
    }
    return equal == paths.size() ? 0 : 1;
}

}  // namespace
}  // namespace flowgauge

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        static_cast<void>(
            std::fprintf(stderr, "usage: ndpi_tables CAPTURES EXPECTED [PROTOCOLS_FILE]\n")
        );
        return 2;
    }
    if (!std::filesystem::is_directory(argv[1]) || !std::filesystem::is_directory(argv[2])) {
        std::printf("skipped: %s and %s are not both there\n", argv[1], argv[2]);
        return flowgauge::kSkipped;
    }
    return flowgauge::compare(argv[1], argv[2], argc == 4 ? argv[3] : "");
}
