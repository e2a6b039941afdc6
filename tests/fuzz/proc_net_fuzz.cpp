// Files of /proc/PID/net, whatever they hold: the first byte says which. Each line is read into a
// row that, written as the kernel writes it, is read the same; and where the text is cut into
// pieces does not matter.
#include "visibility/sockets/proc_net.h"

#include "tests/fuzz/socket_laws.h"
#include "visibility/sockets/address_sources.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

using test::require;

constexpr std::size_t kRowsMax = 50;

// "0100007F", four such words for IPv6.
std::string kernel_text(const IpAddress& address, std::uint8_t ip_version, bool is_ipv6) {
    std::array<std::uint8_t, 16> bytes{};
    const bool is_mapped = is_ipv6 && ip_version == 4;
    const IpAddress whole = is_mapped ? IpAddress{.low = 0xffff00000000 | address.low} : address;
    const std::uint64_t high = is_ipv6 ? whole.high : whole.low << 32U;
    for (std::size_t i = 0; i < 8; ++i) {
        bytes.at(i) = static_cast<std::uint8_t>(high >> (56 - 8 * i));
        bytes.at(8 + i) = static_cast<std::uint8_t>(whole.low >> (56 - 8 * i));
    }
    std::string text;
    for (std::size_t i = 0; i < (is_ipv6 ? 4U : 1U); ++i) {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes.data() + 4 * i, sizeof word);
        std::array<char, 9> digits{};
        static_cast<void>(std::snprintf(digits.data(), digits.size(), "%08X", word));
        text += digits.data();
    }
    return text;
}

std::string kernel_line(const SocketRow& row, const ProcNetFile& file) {
    const std::uint8_t version = row.key.ip_version;
    const unsigned local_port = row.raw ? row.key.protocol : row.key.local_port;
    std::array<char, 256> text{};
    static_cast<void>(std::snprintf(
        text.data(),
        text.size(),
        "%4d: %s:%04X %s:%04X %02X %08X:%08X %02X:%08lX %08X %5u %8d %lu",
        1,
        kernel_text(row.key.local, version, file.is_ipv6).c_str(),
        local_port,
        kernel_text(row.key.remote, version, file.is_ipv6).c_str(),
        unsigned{row.key.remote_port},
        static_cast<unsigned>(row.state),
        0U,
        0U,
        0U,
        0UL,
        0U,
        row.uid,
        0,
        static_cast<unsigned long>(row.inode)  // NOLINT(google-runtime-int): what %lu takes
    ));
    return text.data();
}

void require_same_again(const SocketRow& row, const ProcNetFile& file) {
    SocketRow again;
    again.name_space = row.name_space;
    require(parse_proc_net_line(kernel_line(row, file), file, again) == ProcNetLine::kRow);
    require(
        again.key == row.key && again.inode == row.inode && again.uid == row.uid &&
        again.state == row.state && again.raw == row.raw
    );
}

void try_table(std::string_view text, const ProcNetFile& file) {
    std::vector<SocketRow> rows;
    const ProcNetRead read = parse_proc_net(text, file, 5, rows, kRowsMax);
    require(rows.size() <= kRowsMax && (!read.full || rows.size() == kRowsMax));
    for (const SocketRow& row : rows) {
        test::require_laws(row);
        require(row.name_space == 5 && row.cookie == 0 && row.raw == file.raw);
        require_same_again(row, file);
    }
    const std::size_t cut = text.find('\n', text.size() / 2);
    if (cut != std::string_view::npos) {
        std::vector<SocketRow> in_parts;
        static_cast<void>(parse_proc_net(text.substr(0, cut + 1), file, 5, in_parts, kRowsMax));
        static_cast<void>(parse_proc_net(text.substr(cut + 1), file, 5, in_parts, kRowsMax));
        require(in_parts.size() == rows.size());
    }
}

void try_addresses(std::string_view text, bool is_tree) {
    std::vector<LocalAddress> list;
    static_cast<void>(
        is_tree ? FibTrieParser().parse(text, 5, list) : parse_if_inet6(text, 5, list)
    );
    for (const LocalAddress& address : list) {
        test::require_address(address.address, address.ip_version);
        require(address.ip_version == (is_tree ? 4 : 6) && address.name_space == 5);
    }
    const LocalAddresses local(list, 5);
    for (const LocalAddress& address : list) {
        const bool is_wildcard = address.address == IpAddress{};
        require(local.contains(address.address, address.ip_version) != is_wildcard);
    }
}

void try_input(std::string_view input) {
    if (input.empty()) {
        return;
    }
    const std::size_t which =
        static_cast<unsigned char>(input.front()) % (kProcNetFiles.size() + 2);
    input.remove_prefix(1);
    if (which < kProcNetFiles.size()) {
        try_table(input, kProcNetFiles.at(which));
    } else {
        try_addresses(input, which == kProcNetFiles.size());
    }
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
