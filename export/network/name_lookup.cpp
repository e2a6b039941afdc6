#include "export/network/name_lookup.h"

#include "core/base/format.h"

#include <netdb.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace flowgauge {
namespace {

SocketAddress unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    SocketAddress made;
    std::memcpy(&made.storage, &address, sizeof address);
    made.size = sizeof address;
    return made;
}

Result<SocketAddresses> ask(const CollectorAddress& address, int socket_type, int flags) {
    addrinfo hints{};
    hints.ai_socktype = socket_type;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &list);
    if (code != 0) {
        return Error{
            ErrorKind::kOutput,
            format(
                "{}: {}; the name must be known to DNS or /etc/hosts",
                address.host,
                code == EAI_SYSTEM ? std::generic_category().message(errno) : ::gai_strerror(code)
            )};
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
    constexpr std::size_t kAddressesMax = 16;
    SocketAddresses addresses;
    for (const addrinfo* entry = list; entry != nullptr && addresses.size() < kAddressesMax;
         entry = entry->ai_next) {
        SocketAddress made;
        std::memcpy(&made.storage, entry->ai_addr, entry->ai_addrlen);
        made.size = entry->ai_addrlen;
        addresses.push_back(made);
    }
    return addresses;
}

}  // namespace

// The mutex guards the answer alone, so nobody holds it while a name server is asked.
struct NameLookup::Question {
    std::mutex mutex;
    std::optional<Result<SocketAddresses>> answer;
    FileDescriptor answered{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

Result<SocketAddresses> resolve_host(const CollectorAddress& address, int socket_type) {
    return ask(address, socket_type, AI_ADDRCONFIG);
}

NameLookup::NameLookup(ResolveHost resolve) : resolve_(std::move(resolve)) {}

void NameLookup::begin(const CollectorAddress& address, int socket_type) {
    if (open_) {
        return;
    }
    if (address.is_unix()) {
        answer_ = SocketAddresses{unix_address(address.path)};
        return;
    }
    if (Result<SocketAddresses> numeric = ask(address, socket_type, AI_NUMERICHOST); numeric) {
        answer_ = std::move(numeric);
        return;
    }
    answer_.reset();
    open_ = std::make_shared<Question>();
    // The signals are other threads' to take.
    sigset_t all{};
    sigset_t before{};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread([question = open_, resolve = resolve_, address, socket_type] {
            Result<SocketAddresses> answer = resolve(address, socket_type);
            const std::scoped_lock lock(question->mutex);
            question->answer = std::move(answer);
            ::eventfd_write(question->answered.get(), 1);
        }).detach();
    } catch (const std::system_error& error) {
        open_.reset();
        answer_ = Error{
            ErrorKind::kSystem,
            format("{}: no thread to look the name up: {}", address.host, error.what())};
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::optional<Result<SocketAddresses>> NameLookup::take() {
    if (open_) {
        const std::shared_ptr<Question> question = open_;
        const std::scoped_lock lock(question->mutex);
        if (!question->answer) {
            return std::nullopt;
        }
        answer_ = std::move(question->answer);
        open_.reset();
    }
    return std::exchange(answer_, std::nullopt);
}

int NameLookup::descriptor() const noexcept {
    return open_ ? open_->answered.get() : -1;
}

}  // namespace flowgauge
