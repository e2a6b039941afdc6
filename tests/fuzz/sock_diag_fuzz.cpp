// A piece of a netlink dump, whatever it holds. The first byte: whether it is of addresses (bit 0),
// and the protocol of its sockets.
#include "visibility/sockets/sock_diag.h"

#include "tests/fuzz/socket_laws.h"
#include "visibility/sockets/address_sources.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace flowgauge {
namespace {

using test::require;

constexpr std::uint32_t kSequence = 1;  // as in the seeds
constexpr std::size_t kRowsMax = 20;

void try_sockets(std::span<const std::uint8_t> piece, std::uint8_t protocol) {
    const SockDiagContext context{
        .protocol = protocol, .name_space = 5, .sequence = kSequence, .rows_max = kRowsMax};
    std::vector<SocketRow> rows;
    const DumpOutcome outcome = read_sock_diag(piece, context, rows);
    require(rows.size() <= kRowsMax);
    require(outcome.state != DumpState::kFull || rows.size() == kRowsMax);
    require(outcome.state != DumpState::kRefused || outcome.error != 0);
    for (const SocketRow& row : rows) {
        test::require_laws(row);
        require(row.name_space == 5 && row.key.protocol == protocol && !row.raw);
    }
    std::vector<SocketRow> again;
    require(read_sock_diag(piece, context, again).state == outcome.state);
    require(again.size() == rows.size());
}

void try_addresses(std::span<const std::uint8_t> piece) {
    std::vector<LocalAddress> list;
    require(read_addresses(piece, kSequence, 5, list).state != DumpState::kFull);
    for (const LocalAddress& address : list) {
        test::require_address(address.address, address.ip_version);
        require(address.name_space == 5);
    }
}

void try_input(std::span<const std::uint8_t> input) {
    if (input.empty()) {
        return;
    }
    if ((input[0] & 1U) != 0) {
        try_addresses(input.subspan(1));
    } else {
        try_sockets(input.subspan(1), (input[0] & 2U) != 0 ? 17 : 6);
    }
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({data, size});
    return 0;
}
