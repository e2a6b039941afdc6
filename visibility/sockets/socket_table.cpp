#include "visibility/sockets/socket_table.h"

#include "visibility/sockets/namespace_reader.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace flowgauge {
namespace {

// Two descriptors each, of a quarter of those that the process may have.
std::size_t open_namespaces_max() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    return static_cast<std::size_t>(limit.rlim_cur / 4 / 2);
}

void count_protocols(const std::vector<SocketRow>& rows, SocketTableNumbers& numbers) noexcept {
    for (const SocketRow& row : rows) {
        const bool is_plain = !row.raw;
        if (is_plain && row.key.protocol == IPPROTO_TCP) {
            ++numbers.tcp;
        } else if (is_plain && row.key.protocol == IPPROTO_UDP) {
            ++numbers.udp;
        } else {
            ++numbers.other;
        }
    }
}

// Whether asking again may help: for want of memory or descriptors.
bool is_passing(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

}  // namespace

class SocketTable::Reader {
public:
    explicit Reader(SocketTableOptions options)
        : options_(std::move(options)),
          reader_(options_, notes_),
          open_max_(std::min(options_.namespaces_max, open_namespaces_max())) {}

    Result<void> start();
    SocketTableNumbers read(
        std::span<const NamespaceProcess> namespaces, std::vector<SocketRow>& rows
    );
    std::shared_ptr<const LocalAddresses> local_addresses(std::int64_t now);

    [[nodiscard]] std::uint32_t own_namespace() const noexcept { return own_.process.name_space; }
    [[nodiscard]] bool uses_netlink() const noexcept {
        return options_.source != SocketSource::kText && !own_.refused &&
               reader_.has_handler(IPPROTO_TCP);
    }
    [[nodiscard]] const SocketNotes& notes() const noexcept { return notes_; }

private:
    void identify_own();
    int open_own();
    void take_over(std::span<const NamespaceProcess> namespaces, SocketTableNumbers& numbers);
    void open_others();

    SocketTableOptions options_;
    SocketNotes notes_;
    NamespaceReader reader_;
    std::size_t open_max_;  // of `others_` with sockets
    ReadableNamespace own_;
    std::unordered_map<std::uint32_t, ReadableNamespace> others_;  // by inode
    std::uint64_t reads_ = 0;

    std::shared_ptr<const LocalAddresses> addresses_ = std::make_shared<LocalAddresses>();
    std::int64_t addresses_at_ = 0;
    bool addresses_due_ = true;  // the list of namespaces has changed
};

// Returns 0 or errno.
int SocketTable::Reader::open_own() {
    if (options_.source == SocketSource::kText || own_.refused || own_.sockets.diag) {
        return 0;
    }
    own_.sockets = open_netlink_pair();
    if (own_.sockets.diag) {
        return 0;
    }
    const int error = errno;
    own_.refused = !is_passing(error);
    notes_.add(SocketNote::kNoNetlink, error);
    return error;
}

void SocketTable::Reader::identify_own() {
    if (own_.process.name_space != 0) {
        return;
    }
    const std::string self = options_.proc_root + "/thread-self";
    const FileDescriptor directory(::open(self.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (directory) {
        own_.process.name_space = network_namespace_of(directory.get());
    }
}

Result<void> SocketTable::Reader::start() {
    identify_own();
    int error = open_own();
    if (own_.sockets.diag) {
        error = reader_.probe(own_);
    }
    if (error != 0 && options_.source == SocketSource::kNetlink) {
        return Error{
            ErrorKind::kSystem,
            "sockets cannot be listed through netlink: " + std::system_category().message(error)};
    }
    return {};
}

// Lets go of what is not listed any more, then takes what is new, as far as there is room.
void SocketTable::Reader::take_over(
    std::span<const NamespaceProcess> namespaces, SocketTableNumbers& numbers
) {
    std::vector<NamespaceProcess> added;
    for (const NamespaceProcess& process : namespaces) {
        if (process.name_space == own_namespace() || options_.own_namespace_only) {
            continue;
        }
        const auto known = others_.find(process.name_space);
        if (known == others_.end()) {
            added.push_back(process);
            continue;
        }
        known->second.process = process;
        known->second.listed = reads_;
    }
    const std::size_t gone =
        std::erase_if(others_, [this](const auto& one) { return one.second.listed != reads_; });
    for (const NamespaceProcess& process : added) {
        if (others_.size() < options_.namespaces_max || others_.contains(process.name_space)) {
            ReadableNamespace& other = others_[process.name_space];
            other.process = process;
            other.listed = reads_;
        } else {
            ++numbers.namespaces_skipped;
            notes_.add(SocketNote::kManyNamespaces, options_.namespaces_max);
        }
    }
    addresses_due_ = addresses_due_ || gone > 0 || !added.empty();
}

// Makes sockets for the namespaces that have none.
void SocketTable::Reader::open_others() {
    if (options_.source == SocketSource::kText || own_.refused) {
        return;
    }
    std::size_t open = 0;
    std::vector<NamespaceProcess> wanted;
    for (const auto& [inode, other] : others_) {
        open += std::size_t{other.sockets.diag ? 1U : 0U};
        if (!other.sockets.diag && !other.refused) {
            wanted.push_back(other.process);
        }
    }
    const std::size_t room = open_max_ - std::min(open, open_max_);
    if (wanted.size() > room) {
        notes_.add(SocketNote::kFewDescriptors, open_max_);
        wanted.resize(room);
    }
    if (wanted.empty()) {
        return;
    }
    for (OpenedNamespace& opened : open_in_namespaces(options_.proc_root, wanted)) {
        ReadableNamespace& other = others_.at(opened.name_space);
        other.sockets = std::move(opened.sockets);
        if (opened.error != 0 && !opened.vanished) {
            other.refused = !is_passing(opened.error);
            // The link that names it gives EACCES, the way in EPERM.
            notes_.add(
                opened.error == EACCES ? SocketNote::kNoLook : SocketNote::kNoEntry, opened.error
            );
        }
    }
}

SocketTableNumbers SocketTable::Reader::read(
    std::span<const NamespaceProcess> namespaces, std::vector<SocketRow>& rows
) {
    ++reads_;
    rows.clear();
    SocketTableNumbers numbers;
    identify_own();
    static_cast<void>(open_own());
    take_over(namespaces, numbers);
    open_others();
    reader_.read(own_, rows, numbers);
    for (auto& [inode, other] : others_) {
        reader_.read(other, rows, numbers);
    }
    count_protocols(rows, numbers);
    if (numbers.cut > 0) {
        notes_.add(SocketNote::kManySockets, options_.rows_max);
    }
    return numbers;
}

std::shared_ptr<const LocalAddresses> SocketTable::Reader::local_addresses(std::int64_t now) {
    constexpr std::int64_t kFreshNs = 1'000'000'000;
    if (!addresses_due_ && now - addresses_at_ < kFreshNs) {
        return addresses_;
    }
    addresses_due_ = false;
    addresses_at_ = now;
    if (!own_.sockets.route && options_.source != SocketSource::kText) {
        own_.sockets.route = NetlinkSocket::open(NETLINK_ROUTE);
    }
    std::vector<LocalAddress> list;
    reader_.read_local(own_, list);
    for (auto& [inode, other] : others_) {
        reader_.read_local(other, list);
    }
    LocalAddresses found(std::move(list), own_namespace());
    if (found != *addresses_) {
        addresses_ = std::make_shared<const LocalAddresses>(std::move(found));
    }
    return addresses_;
}

SocketTable::SocketTable(std::unique_ptr<Reader> reader) noexcept : reader_(std::move(reader)) {}
SocketTable::SocketTable(SocketTable&&) noexcept = default;
SocketTable& SocketTable::operator=(SocketTable&&) noexcept = default;
SocketTable::~SocketTable() = default;

Result<SocketTable> SocketTable::open(SocketTableOptions options) {
    auto reader = std::make_unique<Reader>(std::move(options));
    if (Result<void> started = reader->start(); !started) {
        return std::move(started).error();
    }
    return SocketTable(std::move(reader));
}

SocketTableNumbers SocketTable::read(
    std::span<const NamespaceProcess> namespaces, std::vector<SocketRow>& rows
) {
    return reader_->read(namespaces, rows);
}

std::shared_ptr<const LocalAddresses> SocketTable::local_addresses(std::int64_t now) {
    return reader_->local_addresses(now);
}

std::uint32_t SocketTable::own_namespace() const noexcept {
    return reader_->own_namespace();
}

std::string_view SocketTable::source() const noexcept {
    return reader_->uses_netlink() ? "sock_diag" : "proc";
}

const std::vector<std::string>& SocketTable::notes() const noexcept {
    return reader_->notes().texts();
}

}  // namespace flowgauge
