// Compares dissection with the tables that nDPI's own reader wrote for the same captures.
//
//     ndpi_tables CAPTURES EXPECTED [PROTOCOLS_FILE]
//
// For each capture X in CAPTURES with a file X.out in EXPECTED, the table "protocol, packets,
// bytes, flows" of both must be equal line by line. Exit status: 0 all equal, 1 some differ, 2
// wrong use, 77 nothing to compare.
#include "tests/truth/reader_replay.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace flowgauge::truth {
namespace {

namespace fs = std::filesystem;

struct Row {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t flows = 0;
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

// Reads one capture. Returns "NAME\tpackets\tbytes\tflows" of each protocol, sorted.
Result<std::vector<std::string>> read_table(const fs::path& path, const MeterOptions& options) {
    std::map<std::string, Row> rows;
    Result<void> done = replay(
        path,
        options,
        [&](const Flow& flow, const Application& application, const ApplicationNames& names) {
            Row& row = rows[names.protocol(application)];
            row.packets += flow.all_packets();
            row.bytes += flow.all_bytes();
            ++row.flows;
        }
    );
    if (!done) {
        return std::move(done).error();
    }
    std::vector<std::string> lines;
    lines.reserve(rows.size());
    for (const auto& [name, row] : rows) {
        lines.push_back(
            name + "\t" + std::to_string(row.packets) + "\t" + std::to_string(row.bytes) + "\t" +
            std::to_string(row.flows)
        );
    }
    std::ranges::sort(lines);
    return lines;
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
    const std::vector<fs::path> paths = captures_with_results(captures, expected);
    std::size_t equal = 0;
    for (const fs::path& path : paths) {
        const std::string name = path.filename().string();
        Result<std::vector<std::string>> actual = read_table(path, options);
        const std::vector<std::string> wanted = expected_lines(result_of(path, expected));
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
}  // namespace flowgauge::truth

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        static_cast<void>(
            std::fprintf(stderr, "usage: ndpi_tables CAPTURES EXPECTED [PROTOCOLS_FILE]\n")
        );
        return 2;
    }
    if (!std::filesystem::is_directory(argv[1]) || !std::filesystem::is_directory(argv[2])) {
        std::printf("skipped: %s and %s are not both there\n", argv[1], argv[2]);
        return flowgauge::truth::kSkipped;
    }
    return flowgauge::truth::compare(argv[1], argv[2], argc == 4 ? argv[3] : "");
}
