#include "visibility/sockets/namespace_reader.h"

#include "visibility/sockets/address_sources.h"

#include <fcntl.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>

namespace flowgauge {
namespace {

constexpr std::size_t kBufferBytes = kNetlinkPieceBytes;
constexpr std::size_t kTableBytesMax = std::size_t{256} << 20U;  // a line has about 150
// A router's table of routes may be longer; what is behind is not known as local.
constexpr std::size_t kRoutesBytesMax = std::size_t{4} << 20U;

// There is a handler for neither raw nor ping sockets on many hosts, and their files cost little.
constexpr bool has_diag(const ProcNetFile& file) noexcept {
    return file.protocol == IPPROTO_TCP || file.protocol == IPPROTO_UDP ||
           file.protocol == IPPROTO_UDPLITE;
}

std::span<std::uint8_t> bytes_of(std::vector<char>& buffer) noexcept {
    return {reinterpret_cast<std::uint8_t*>(buffer.data()), buffer.size()};
}

}  // namespace

NamespaceReader::NamespaceReader(const SocketTableOptions& options, SocketNotes& notes)
    : options_(options),
      notes_(notes),
      buffer_(kBufferBytes) {}

FileDescriptor NamespaceReader::directory_of(const ReadableNamespace& from) const {
    const std::string path =
        options_.proc_root + "/" +
        (from.is_own() ? std::string("thread-self") : std::to_string(from.process.pid));
    return FileDescriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

// Whether the process still lives in the namespace for which it was named.
bool NamespaceReader::is_there(
    const ReadableNamespace& from, int directory, SocketTableNumbers& numbers
) {
    if (from.is_own()) {
        numbers.namespaces_skipped += std::uint64_t{directory < 0 ? 1U : 0U};
        return directory >= 0;
    }
    const std::uint32_t lives_in = directory < 0 ? 0 : network_namespace_of(directory);
    if (lives_in == from.process.name_space) {
        return true;
    }
    if (directory >= 0 && lives_in == 0 && (errno == EACCES || errno == EPERM)) {
        notes_.add(SocketNote::kNoLook, errno);
        ++numbers.namespaces_skipped;
    } else {
        ++numbers.namespaces_vanished;
    }
    return false;
}

void NamespaceReader::read(
    ReadableNamespace& from, std::vector<SocketRow>& rows, SocketTableNumbers& numbers
) {
    const FileDescriptor directory = directory_of(from);
    const int error = errno;
    Reading reading{from, directory.get(), rows, numbers};
    SocketTableNumbers missing;
    if (!is_there(from, directory.get(), missing)) {
        if (!from.sockets.diag) {
            numbers.namespaces_skipped += missing.namespaces_skipped;
            numbers.namespaces_vanished += missing.namespaces_vanished;
            if (from.is_own()) {
                notes_.add(SocketNote::kNoTable, error);
            }
            return;
        }
        reading.directory = -1;  // netlink still reads it
    }
    ++numbers.namespaces;
    read_tcp(reading);
    for (const ProcNetFile& file : kProcNetFiles) {
        if (file.protocol != IPPROTO_TCP) {
            read_table(reading, file);
        }
    }
}

// Listing connections is most of the cost of a look, so it is spared where none began or ended.
// Counters are read first: what comes or goes while connections are listed changes the next ones.
void NamespaceReader::read_tcp(const Reading& reading) {
    KnownConnections& known = reading.from.known;
    const std::optional<TcpCounters> counters = tcp_counters(reading);
    const std::size_t before = reading.rows.size();
    const std::vector<SocketRow>* unchanged = counters ? known.find(*counters) : nullptr;
    if (unchanged != nullptr && before + unchanged->size() < options_.rows_max) {
        if (read_listeners(reading.from, reading.rows)) {
            reading.rows.insert(reading.rows.end(), unchanged->begin(), unchanged->end());
            ++reading.numbers.unchanged;
            return;
        }
        reading.rows.resize(before);
    }
    const std::uint64_t broken = reading.numbers.inconsistent + reading.numbers.cut;
    for (const ProcNetFile& file : kProcNetFiles) {
        if (file.protocol == IPPROTO_TCP) {
            read_table(reading, file);
        }
    }
    if (counters && broken == reading.numbers.inconsistent + reading.numbers.cut) {
        known.keep(*counters, std::span(reading.rows).subspan(before));
    } else {
        known.forget();
    }
}

// Only where netlink lists what is missing then.
std::optional<TcpCounters> NamespaceReader::tcp_counters(const Reading& reading) {
    if (reading.directory < 0 || !reading.from.sockets.diag || !has_handler(IPPROTO_TCP)) {
        return std::nullopt;
    }
    constexpr std::size_t kBytesMax = 65'536;
    std::optional<TcpCounters> counters;
    LineFile(reading.directory, "net/snmp", buffer_).read(kBytesMax, [&](std::string_view text) {
        if (!counters) {
            counters = parse_tcp_counters(text);
        }
        return true;
    });
    return counters;
}

void NamespaceReader::read_table(const Reading& reading, const ProcNetFile& file) {
    if (reading.rows.size() >= options_.rows_max) {
        ++reading.numbers.cut;
        return;
    }
    if (has_diag(file) && (read_diag(reading, file) || options_.source == SocketSource::kNetlink)) {
        return;
    }
    read_text(reading, file);
}

bool NamespaceReader::read_diag(const Reading& reading, const ProcNetFile& file) {
    if (!reading.from.sockets.diag || !has_handler(file.protocol)) {
        return false;
    }
    const DumpOutcome outcome =
        dump(reading.from, {.protocol = file.protocol, .is_ipv6 = file.is_ipv6}, reading.rows);
    if (outcome.state == DumpState::kRefused) {
        refuse(file.protocol, outcome.error);
        return false;
    }
    if (outcome.state == DumpState::kFull) {
        ++reading.numbers.cut;
    } else if (outcome.state == DumpState::kBroken || outcome.interrupted) {
        ++reading.numbers.inconsistent;
    }
    return true;
}

// Without a handler the kernel asks for a module with each request, which starts a process: it is
// asked no more. Anything else that it says may be of this moment or namespace.
void NamespaceReader::refuse(std::uint8_t protocol, int error) {
    without_handler_[protocol] =
        error == ENOENT || error == EOPNOTSUPP || error == EPROTONOSUPPORT || error == EINVAL;
    if (protocol == IPPROTO_TCP) {
        notes_.add(SocketNote::kNoTcpHandler, error);
    } else if (protocol == IPPROTO_UDP) {
        notes_.add(SocketNote::kNoUdpHandler, error);
    }
}

DumpOutcome NamespaceReader::dump(
    ReadableNamespace& from, const SockDiagDump& what, std::vector<SocketRow>& rows
) {
    const SockDiagContext context{
        .protocol = what.protocol,
        .name_space = from.process.name_space,
        .sequence = from.sockets.diag.next_sequence(),
        .rows_max = options_.rows_max};
    return from.sockets.diag.dump(
        sock_diag_request(what, context.sequence),
        bytes_of(buffer_),
        [&](std::span<const std::uint8_t> piece) { return read_sock_diag(piece, context, rows); }
    );
}

void NamespaceReader::read_text(const Reading& reading, const ProcNetFile& file) {
    if (reading.directory < 0) {
        return;
    }
    const std::string path = std::string("net/") + file.name;
    bool malformed = false;
    LineFile lines(reading.directory, path.c_str(), buffer_);
    const LineFileEnd end = lines.read(kTableBytesMax, [&](std::string_view text) {
        const ProcNetRead read = parse_proc_net(
            text, file, reading.from.process.name_space, reading.rows, options_.rows_max
        );
        malformed = malformed || read.malformed > 0;
        return !read.full;
    });
    if (end == LineFileEnd::kCut) {
        ++reading.numbers.cut;
    } else if (end == LineFileEnd::kFailed || malformed) {
        ++reading.numbers.inconsistent;
    }
    const bool is_own_tcp = reading.from.is_own() && file.protocol == IPPROTO_TCP && !file.is_ipv6;
    if (is_own_tcp && (end == LineFileEnd::kAbsent || end == LineFileEnd::kDenied)) {
        notes_.add(SocketNote::kNoTable, end == LineFileEnd::kAbsent ? ENOENT : EACCES);
    }
}

bool NamespaceReader::read_listeners(ReadableNamespace& from, std::vector<SocketRow>& rows) {
    bool complete = true;
    for (const bool is_ipv6 : {false, true}) {
        const DumpOutcome outcome =
            dump(from, {.is_ipv6 = is_ipv6, .set = SockDiagSet::kListening}, rows);
        complete = complete && outcome.state == DumpState::kDone && !outcome.interrupted;
    }
    return complete;
}

int NamespaceReader::probe(ReadableNamespace& from) {
    std::vector<SocketRow> rows;
    const DumpOutcome outcome = dump(from, {.set = SockDiagSet::kNone}, rows);
    if (outcome.state == DumpState::kRefused) {
        refuse(IPPROTO_TCP, outcome.error);
        return outcome.error;
    }
    return outcome.state == DumpState::kBroken ? std::max(outcome.error, 1) : 0;
}

void NamespaceReader::read_local(ReadableNamespace& from, std::vector<LocalAddress>& list) {
    if (!from.sockets.route) {
        read_local_text(from, list);
        return;
    }
    const std::size_t before = list.size();
    const std::uint32_t sequence = from.sockets.route.next_sequence();
    const DumpOutcome outcome = from.sockets.route.dump(
        addresses_request(sequence),
        bytes_of(buffer_),
        [&](std::span<const std::uint8_t> piece) {
            return read_addresses(piece, sequence, from.process.name_space, list);
        }
    );
    if (outcome.state == DumpState::kRefused || outcome.state == DumpState::kBroken) {
        list.resize(before);
        read_local_text(from, list);
    }
}

void NamespaceReader::read_local_text(
    const ReadableNamespace& from, std::vector<LocalAddress>& list
) {
    const FileDescriptor directory = directory_of(from);
    SocketTableNumbers unused;
    if (!is_there(from, directory.get(), unused)) {
        return;
    }
    const std::uint32_t inode = from.process.name_space;
    FibTrieParser routes;
    LineFile(directory.get(), "net/fib_trie", buffer_)
        .read(kRoutesBytesMax, [&](std::string_view text) {
            return routes.parse(text, inode, list);
        });
    LineFile(directory.get(), "net/if_inet6", buffer_)
        .read(kRoutesBytesMax, [&](std::string_view text) {
            return parse_if_inet6(text, inode, list);
        });
}

}  // namespace flowgauge
