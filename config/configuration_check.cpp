#include "config/configuration_check.h"

#include "capture/packet_filter.h"
#include "config/checker.h"
#include "config/sink_check.h"
#include "config/value_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace flowgauge {
namespace {

void check_input(Checker& checker, const InputSettings& input) {
    const std::string key = "inputs." + input.name;
    const bool is_said = checker.is_wrong(key + ".interface") || checker.is_wrong(key + ".files");
    if (!is_said && input.interface.empty() == input.files.empty()) {
        checker.fail(
            key,
            input.files.empty() ? "needs interface or files"
                                : "has interface and files; write one of them"
        );
    }
    if (input.watch && input.files.empty()) {
        checker.fail(key + ".watch", "needs files");
    }
    if (!input.cpus.empty() && input.cpus.size() != input.workers) {
        checker.fail(
            key + ".cpus",
            "names " + std::to_string(input.cpus.size()) + " CPUs for " +
                std::to_string(input.workers) + " workers; name one each"
        );
    }
}

void check_output(Checker& checker, const Settings& settings) {
    const OutputSettings& output = settings.output;
    if (settings.sinks.empty()) {
        check_output_sink(checker, output.sink);
    }
    if (checker.is_assigned("rejected") &&
        (output.rejected_path.empty() || output.rejected_path == "-")) {
        checker.fail(
            "rejected", "rejected", "needs the name of a file; standard output is for records"
        );
    }
}

// "127.0.0.1:9477", "[::1]:9477", ":9477", or nothing.
bool is_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (text.empty() || colon == std::string_view::npos) {
        return text.empty();
    }
    const std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    return parse_integer(text.substr(colon + 1), 0, 65535).has_value() &&
           (bracketed || host.find(':') == std::string_view::npos);
}

void check_http(Checker& checker, const HttpSettings& http) {
    if (!is_listen_address(http.listen)) {
        checker.fail(
            "metrics.listen",
            in_quotes(http.listen) + " is no address and port; write 127.0.0.1:9477 or [::1]:9477"
        );
    }
    if (http.tls.cert_file.empty() != http.tls.key_file.empty()) {
        const bool no_key = http.tls.key_file.empty();
        checker.fail(
            no_key ? "metrics.tls.cert_file" : "metrics.tls.key_file",
            no_key ? "needs key_file" : "needs cert_file"
        );
    }
    if (!http.tls.client_ca_file.empty() && http.tls.cert_file.empty()) {
        checker.fail("metrics.tls.client_ca_file", "needs cert_file and key_file");
    }
    if (http.user.empty() != http.password_file.empty()) {
        const bool no_user = http.user.empty();
        checker.fail(
            no_user ? "metrics.basic_auth.password_file" : "metrics.basic_auth.user",
            no_user ? "needs user" : "needs password_file"
        );
    }
    if (http.user.find(':') != std::string::npos) {
        checker.fail("metrics.basic_auth.user", "cannot hold a colon");
    }
}

void check_control(Checker& checker, const ControlSettings& control) {
    constexpr std::size_t kSocketPathMax = 107;  // sun_path, with its final zero
    const std::string& socket = control.socket;
    if (socket.empty() || socket == "auto") {
        return;
    }
    if (!socket.starts_with('/') || socket.size() > kSocketPathMax) {
        checker.fail(
            "control.socket",
            "write auto, \"\" for none, or an absolute path of at most " +
                std::to_string(kSocketPathMax) + " bytes"
        );
    }
}

// Any interface may get the filter, so any of their link types may take it.
Result<void> compile_for_any(const std::string& filter) {
    // The last two know directions and interfaces, which live filters may name.
    constexpr std::array kLinkTypes{
        LinkType::kEthernet,
        LinkType::kRaw,
        LinkType::kRadiotap,
        LinkType::kLinuxCooked,
        LinkType::kLinuxCooked2};
    constexpr std::uint32_t kSnapshotBytes = 65535;
    Result<void> first;
    for (const LinkType type : kLinkTypes) {
        Result<PacketFilter> compiled = PacketFilter::compile(filter, type, kSnapshotBytes);
        if (compiled) {
            return {};
        }
        if (first) {
            first = std::move(compiled).error();
        }
    }
    return first;
}

bool names_ports(std::string_view filter) {
    const auto is_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    };
    std::string word;
    for (std::size_t i = 0; i <= filter.size(); ++i) {
        if (i < filter.size() && is_word(filter[i])) {
            word += filter[i];
            continue;
        }
        if (word == "port" || word == "portrange") {
            return true;
        }
        word.clear();
    }
    return false;
}

}  // namespace

void check_configuration(const CheckedParts& parts, Problems& problems) {
    Checker checker(parts, problems);
    const Settings& settings = parts.settings;
    for (const InputSettings& input : settings.inputs) {
        check_input(checker, input);
    }
    check_sinks(checker);
    check_output(checker, settings);
    check_http(checker, settings.http);
    check_control(checker, settings.control);
}

void check_filters(
    const CheckedParts& parts, Problems& problems, std::vector<std::string>& warnings
) {
    Checker checker(parts, problems);
    const auto check = [&](const std::string& filter, const std::string& key) {
        if (filter.empty()) {
            return;
        }
        if (Result<void> compiled = compile_for_any(filter); !compiled) {
            checker.fail(key, "bpf_filter", compiled.error().message);
        } else if (names_ports(filter)) {
            warnings.push_back(
                to_string(checker.place_of(key)) + ": " + key +
                ": looks at ports, so it drops later fragments of a datagram, which have none"
            );
        }
    };
    for (const InputSettings& input : parts.settings.inputs) {
        check(input.capture.bpf_filter, "inputs." + input.name + ".bpf_filter");
    }
}

}  // namespace flowgauge
