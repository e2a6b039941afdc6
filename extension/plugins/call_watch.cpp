#include "extension/plugins/call_watch.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace flowgauge {
namespace {

std::atomic<std::uint64_t> threads_met{0};
std::atomic<int> signal_number{0};  // set once, before the first call that it may end

// Where the thread was; 0 on machines whose context is not known: no call is left there.
std::uintptr_t place_in(const void* context) noexcept {
    const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
    return static_cast<std::uintptr_t>(machine.pc);
#else
    static_cast<void>(machine);
    return 0;
#endif
}

void on_signal(int /*number*/, siginfo_t* /*information*/, void* context) noexcept {
    CallWatch::leave_condemned(place_in(context));
}

}  // namespace

constinit thread_local std::uint64_t CallWatch::own_number_ = 0;
constinit thread_local CallWatch* CallWatch::current_ = nullptr;

CallWatch::~CallWatch() {
    if (current_ == this) {
        current_ = nullptr;
    }
}

void CallWatch::condemn(std::uint64_t call) noexcept {
    // Release: whoever sees it sees the call that it belongs to.
    condemned_.store(call, std::memory_order_release);
    const int number = signal_number.load(std::memory_order_relaxed);
    if (number != 0 && !code_.empty() && thread() != 0) {
        static_cast<void>(::syscall(SYS_tgkill, ::getpid(), thread(), number));
    }
}

void CallWatch::leave_condemned(std::uintptr_t place) noexcept {
    CallWatch* watch = current_;
    if (watch == nullptr) {
        return;
    }
    const std::uint64_t call = watch->call();
    if ((call & kFunctionBits) == 0 || call != watch->condemned_.load(std::memory_order_acquire)) {
        return;
    }
    if (std::ranges::any_of(watch->code_, [place](const CodeRange& range) {
            return place >= range.begin && place < range.end;
        })) {
        // NOLINTNEXTLINE(cert-err52-cpp): there is no other way out of a function that loops
        siglongjmp(watch->frame_, 1);
    }
}

// A thread may have blocked signals when it began.
void CallWatch::meet_thread() noexcept {
    if (own_number_ == 0) {
        own_number_ = threads_met.fetch_add(1, std::memory_order_relaxed) + 1;
        if (const int number = signal_number.load(std::memory_order_relaxed); number != 0) {
            sigset_t set;
            ::sigemptyset(&set);
            ::sigaddset(&set, number);
            ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
        }
    }
    thread_number_ = own_number_;
    thread_.store(static_cast<int>(::syscall(SYS_gettid)), std::memory_order_relaxed);
}

// Not blocked while its handler runs, because that does not always return.
bool CallWatch::install_handler() noexcept {
    if (signal_number.load(std::memory_order_relaxed) != 0) {
        return true;
    }
    for (int number = SIGRTMAX - 1; number >= SIGRTMIN; --number) {
        struct sigaction present {};
        if (::sigaction(number, nullptr, &present) != 0 || present.sa_handler != SIG_DFL) {
            continue;
        }
        struct sigaction wanted {};
        wanted.sa_sigaction = on_signal;
        wanted.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
        ::sigemptyset(&wanted.sa_mask);
        if (::sigaction(number, &wanted, nullptr) == 0) {
            signal_number.store(number, std::memory_order_relaxed);
            return true;
        }
    }
    return false;
}

}  // namespace flowgauge
