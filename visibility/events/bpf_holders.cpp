#include "core/base/file_descriptor.h"
#include "visibility/events/bpf_object.h"
#include "visibility/events/bpf_values.h"
#include "visibility/events/socket_holders.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;

[[nodiscard]] HeldSocket held_socket(const BpfHeldSocket& told, std::uint64_t tick_ns) noexcept {
    HeldSocket held;
    held.row.key = key_of(told.ends);
    held.row.inode = told.inode;
    held.row.cookie = told.cookie;
    held.row.cgroup_id = told.socket_cgroup_id;
    held.row.uid = told.socket_uid;
    held.row.name_space = told.name_space;
    held.row.state = static_cast<SocketState>(told.ends.state);
    held.row.v6_only = told.v6_only != 0;
    held.pid = static_cast<std::int32_t>(told.pid);
    held.start_ticks = told.start_ns / tick_ns;
    held.cgroup_id = told.cgroup_id;
    held.uid = told.uid;
    held.name = comm_of(told.name);
    return held;
}

class BpfHolders final : public SocketHolders {
public:
    BpfHolders(BpfObject object, BpfLink link)
        : object_(std::move(object)),
          link_(std::move(link)),
          buffer_(kReadBytes),
          tick_ns_(1'000'000'000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK))) {}

    bool read(std::vector<HeldSocket>& rows) override {
        rows.clear();
        const FileDescriptor pass(::bpf_iter_create(::bpf_link__fd(link_.get())));
        if (!pass) {
            return false;
        }
        std::size_t have = 0;  // bytes of a row that the last read cut
        while (rows.size() < kRowsMax) {
            const ssize_t count = ::read(pass.get(), buffer_.data() + have, buffer_.size() - have);
            if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
                continue;  // the kernel pauses long passes
            }
            if (count <= 0) {
                return count == 0;
            }
            have = take_rows(have + static_cast<std::size_t>(count), rows);
        }
        return false;
    }

private:
    // Takes whole rows out of the buffer; returns how many bytes of another begin it now.
    std::size_t take_rows(std::size_t have, std::vector<HeldSocket>& rows) {
        std::size_t at = 0;
        BpfHeldSocket told{};
        for (; have - at >= sizeof told; at += sizeof told) {
            std::memcpy(&told, buffer_.data() + at, sizeof told);
            rows.push_back(held_socket(told, tick_ns_));
        }
        std::memmove(buffer_.data(), buffer_.data() + at, have - at);
        return have - at;
    }

    BpfObject object_;
    BpfLink link_;
    std::vector<std::uint8_t> buffer_;
    std::uint64_t tick_ns_;
};

[[nodiscard]] Result<std::unique_ptr<SocketHolders>> open_holders() {
    if (Result<void> pids = require_pids_of_machine(); !pids) {
        return std::move(pids.error());
    }
    Result<BpfObject> object = load_bpf(holders_program(), {"holders"});
    if (!object) {
        return std::move(object.error());
    }
    Result<BpfLink> link = attach_bpf(object.value().get(), "holders");
    if (!link) {
        return std::move(link.error());
    }
    return std::unique_ptr<SocketHolders>(
        std::make_unique<BpfHolders>(std::move(object.value()), std::move(link.value()))
    );
}

}  // namespace

std::unique_ptr<SocketHolders> SocketHolders::open(std::vector<std::string>& notes) {
    Result<std::unique_ptr<SocketHolders>> opened = open_holders();
    if (!opened) {
        notes.push_back("no sockets by bpf: " + opened.error().message);
        return nullptr;
    }
    return std::move(opened.value());
}

}  // namespace flowgauge
