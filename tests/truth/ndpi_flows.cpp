// Compares alpn, tls_version and risks, flow by flow, with what nDPI's own reader printed for the
// same captures.
//
//     ndpi_flows CAPTURES EXPECTED [PROTOCOLS_FILE]
//
// For each capture X in CAPTURES with a file X.out in EXPECTED (of ndpiReader -v 2 -w). Flows are
// matched by protocol, addresses and ports. Exit status: 0 all equal, 1 some differ, 2 wrong use,
// 77 nothing to compare.
#include "core/base/ip_address.h"
#include "tests/truth/reader_replay.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::truth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kColumns = 3;
constexpr std::array<const char*, kColumns> kColumnNames{"alpn", "tls_version", "risks"};
using Values = std::array<std::string, kColumns>;

// By "TCP a:p b:q", the lesser end first; flows of one key (VLANs) sorted.
using Flows = std::map<std::string, std::vector<Values>>;

struct Tally {
    std::size_t flows = 0;
    std::size_t unmatched = 0;  // flows of one side alone
    std::array<std::size_t, kColumns> filled{};
    std::array<std::size_t, kColumns> different{};
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::string key_of(const std::string& protocol, std::string one, std::string other) {
    if (other < one) {
        std::swap(one, other);
    }
    return protocol + " " + one + " " + other;
}

// The reader's side
// ------------------------------------------------------------------------------------

// These risks come from lists of the reader's options -r, -j and -S, which flowgauge does not load.
bool is_of_a_list(std::string_view risk) {
    return risk == "Risky Domain Name" || risk == "Possibly Malicious JA3 Fingerprint" ||
           risk == "Possibly Malicious SSL Cert. SHA1 Fingerprint";
}

// "** One **** Two **" as "One|Two".
std::string risks_in(std::string_view text) {
    std::string risks;
    while (text.starts_with("** ")) {
        const std::size_t end = text.find(" **", 3);
        if (end == std::string_view::npos) {
            break;
        }
        const std::string_view risk = text.substr(3, end - 3);
        if (!is_of_a_list(risk)) {
            risks += (risks.empty() ? "" : "|") + std::string(risk);
        }
        text.remove_prefix(end + 3);
    }
    return risks;
}

bool is_version(std::string_view group) {
    return group.starts_with("TLSv") || group.starts_with("DTLSv") || group.starts_with("SSLv") ||
           group.starts_with("TLS (") || group == "GREASE";
}

// `line` from "[proto: " on: groups in brackets.
Values values_in(std::string_view line) {
    constexpr std::string_view kAlpn = "ALPN: ";
    constexpr std::string_view kRisk = "Risk: ";
    Values values;
    for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at)) {
        const std::size_t end = line.find(']', at);
        if (end == std::string_view::npos) {
            break;
        }
        const std::string_view group = line.substr(at + 1, end - at - 1);
        if (group.starts_with(kAlpn)) {
            values[0] = replaced(std::string(group.substr(kAlpn.size())), ";", ",");
        } else if (group.starts_with(kRisk)) {
            values[2] = risks_in(group.substr(kRisk.size()));
        } else if (is_version(group)) {
            values[1] = group;
        }
        at = end;
    }
    return values;
}

// "\t12\tTCP a:p <-> b:q [proto: ...": the number is what tells a flow from other lines.
bool begins_flow(std::string_view line) {
    if (!line.starts_with('\t')) {
        return false;
    }
    const std::size_t end = line.find('\t', 1);
    return end != std::string_view::npos && end > 1 &&
           std::ranges::all_of(line.substr(1, end - 1), [](unsigned char c) {
               return std::isdigit(c) != 0;
           });
}

void add_flow(std::string_view line, Flows& flows) {
    std::array<std::string, 4> words;  // protocol, one end, arrow, other end
    std::string_view rest = line.substr(line.find('\t', 1) + 1);
    for (std::string& word : words) {
        const std::size_t space = rest.find(' ');
        if (space == std::string_view::npos) {
            return;
        }
        word = rest.substr(0, space);
        rest.remove_prefix(space + 1);
    }
    if (words[2] != "<->" && words[2] != "->") {
        return;  // a row of the JA3 table, numbered like a flow
    }
    flows[key_of(words[0], words[1], words[3])].push_back(values_in(rest));
}

// Text from the traffic may hold line feeds: a flow ends where the next one begins.
Flows expected_flows(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    Flows flows;
    std::string flow;
    for (std::string line; std::getline(file, line);) {
        if (begins_flow(line)) {
            if (!flow.empty()) {
                add_flow(flow, flows);
            }
            flow = line;
        } else if (!flow.empty()) {
            flow += line;
        }
    }
    if (!flow.empty()) {
        add_flow(flow, flows);
    }
    return flows;
}

// Our side
// ---------------------------------------------------------------------------------------------

std::string protocol_text(std::uint8_t protocol) {
    switch (protocol) {
    case 1:
        return "ICMP";
    case 2:
        return "IGMP";
    case 6:
        return "TCP";
    case 17:
        return "UDP";
    case 58:
        return "ICMPV6";
    case 112:
        return "VRRP";
    default:
        return std::to_string(protocol);
    }
}

// The reader writes "::" for each ":0:" of IPv6.
std::string end_text(const IpAddress& address, std::uint8_t version, std::uint16_t port) {
    std::array<char, kIpTextMax> text{};
    const std::string ip(text.data(), write_ip(text.data(), address, version));
    const std::string written = version == 6 ? "[" + replaced(ip, ":0:", "::") + "]" : ip;
    return written + ":" + std::to_string(port);
}

Result<Flows> actual_flows(const fs::path& path, const MeterOptions& options) {
    Flows flows;
    Result<void> done = replay(
        path,
        options,
        [&](const Flow& flow, const Application& application, const ApplicationNames& names) {
            const FlowKey& key = flow.key;
            Values values;
            if (application.metadata != nullptr) {
                values[0] = application.metadata->alpn;
                values[1] = application.metadata->tls_version;
            }
            values[2] = names.risks(application);
            flows[key_of(
                      protocol_text(key.protocol()),
                      end_text(key.lower, key.ip_version(), key.lower_port()),
                      end_text(key.upper, key.ip_version(), key.upper_port())
                  )]
                .push_back(std::move(values));
        }
    );
    if (!done) {
        return std::move(done).error();
    }
    return flows;
}

// Comparison
// ----------------------------------------------------------------------------------------

void compare_values(
    const std::string& where, const Values& expected, const Values& actual, Tally& tally
) {
    ++tally.flows;
    for (std::size_t column = 0; column < kColumns; ++column) {
        tally.filled[column] += expected[column].empty() ? 0U : 1U;
        if (expected[column] != actual[column]) {
            ++tally.different[column];
            std::printf(
                "%s: %s\n  - %s\n  + %s\n",
                where.c_str(),
                kColumnNames[column],
                expected[column].c_str(),
                actual[column].c_str()
            );
        }
    }
}

void sort_each(Flows& flows) {
    for (auto& [key, values] : flows) {
        std::ranges::sort(values);
    }
}

void compare_flows(const std::string& name, Flows& expected, Flows& actual, Tally& tally) {
    sort_each(expected);
    sort_each(actual);
    for (const auto& [key, wanted] : expected) {
        const std::vector<Values>& had = actual[key];
        std::string where = name;
        where.append(" ").append(key);
        const std::size_t pairs = std::min(wanted.size(), had.size());
        for (std::size_t i = 0; i < pairs; ++i) {
            compare_values(where, wanted[i], had[i], tally);
        }
        tally.unmatched += wanted.size() + had.size() - 2 * pairs;
        if (wanted.size() != had.size()) {
            std::printf(
                "%s %s: %zu flows - %zu +\n", name.c_str(), key.c_str(), wanted.size(), had.size()
            );
        }
        actual.erase(key);
    }
    for (const auto& [key, had] : actual) {
        tally.unmatched += had.size();
        std::printf("%s %s: 0 flows - %zu +\n", name.c_str(), key.c_str(), had.size());
    }
}

int compare(const fs::path& captures, const fs::path& expected, const std::string& protocols) {
    const MeterOptions options = reader_options(protocols);
    const std::vector<fs::path> paths = captures_with_results(captures, expected);
    Tally tally;
    for (const fs::path& path : paths) {
        const std::string name = path.filename().string();
        Result<Flows> actual = actual_flows(path, options);
        if (!actual) {
            std::printf("%s: %s\n", name.c_str(), actual.error().message.c_str());
            return 1;
        }
        Flows wanted = expected_flows(result_of(path, expected));
        compare_flows(name, wanted, actual.value(), tally);
    }
    std::printf(
        "%zu captures, %zu flows, %zu without a partner\n",
        paths.size(),
        tally.flows,
        tally.unmatched
    );
    bool equal = tally.unmatched == 0;
    for (std::size_t column = 0; column < kColumns; ++column) {
        equal = equal && tally.different[column] == 0;
        std::printf(
            "%s: in %zu flows, %zu differ\n",
            kColumnNames[column],
            tally.filled[column],
            tally.different[column]
        );
    }
    if (tally.flows == 0) {
        return kSkipped;
    }
    return equal ? 0 : 1;
}

}  // namespace
}  // namespace flowgauge::truth

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        static_cast<void>(
            std::fprintf(stderr, "usage: ndpi_flows CAPTURES EXPECTED [PROTOCOLS_FILE]\n")
        );
        return 2;
    }
    if (!std::filesystem::is_directory(argv[1]) || !std::filesystem::is_directory(argv[2])) {
        std::printf("skipped: %s and %s are not both there\n", argv[1], argv[2]);
        return flowgauge::truth::kSkipped;
    }
    return flowgauge::truth::compare(argv[1], argv[2], argc == 4 ? argv[3] : "");
}
