// CallWatch: which function of a plugin a worker is in, so that a call that never returns is ended.
//
// A call that lasts too long is condemned by the CallWatchdog, which then sends the worker's thread
// a signal, again and again while the call lasts. The handler leaves the call where its thread
// executes the plugin's own code; inside a library or the kernel it waits for the next signal,
// because locks of the C library may be held there. So a plugin that sleeps is left when it comes
// back. What the call held is lost: memory, locks of its own, the destructors of its frames. A
// static variable that it was making stays in the making: another worker that wants it waits.
#pragma once

// sigsetjmp() is POSIX, not C++: <csetjmp> does not promise it.
#include <setjmp.h>  // NOLINT(modernize-deprecated-headers)

#include <atomic>
#include <cstdint>
#include <span>

namespace flowgauge {

// Executable addresses of a shared object.
struct CodeRange {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};

// Thread: the worker's; call(), thread() and condemn() any. Written by the worker twice
// a call. Cost of a call: two stores, and what sigsetjmp(3) takes without a mask.
class alignas(64) CallWatch {
public:
    static constexpr std::uint64_t kFunctionBits = 0xf;  // of a call; 0: none is under way

    // `code`: where a call may be left; none: never. Requires: it outlives this.
    explicit CallWatch(std::span<const CodeRange> code) noexcept : code_(code) {}
    ~CallWatch();
    CallWatch(const CallWatch&) = delete;
    CallWatch& operator=(const CallWatch&) = delete;

    // Where the thread goes on when the call is left:
    //
    //     watch.prepare();
    //     if (sigsetjmp(watch.frame(), 0) != 0) { ... }
    //     watch.enter(number);  // 1 to 15
    //     ...
    //     watch.leave();
    //
    // Requires: the function that called sigsetjmp() has not returned; none of a thread's watches
    // is entered within another.
    void prepare() noexcept {
        if (thread_number_ == 0 || thread_number_ != own_number_) {
            meet_thread();
        }
        current_ = this;
    }
    [[nodiscard]] sigjmp_buf& frame() noexcept { return frame_; }

    // Memory order: the handler runs on this thread, so that the compiler alone must keep the
    // order. The watchdog acts on a call only through that handler.
    void enter(std::uint64_t function) noexcept {
        std::atomic_signal_fence(std::memory_order_seq_cst);
        call_.store(
            (call_.load(std::memory_order_relaxed) | kFunctionBits) + 1 + function,
            std::memory_order_relaxed
        );
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    void leave() noexcept {
        std::atomic_signal_fence(std::memory_order_seq_cst);
        call_.store(
            call_.load(std::memory_order_relaxed) & ~kFunctionBits, std::memory_order_relaxed
        );
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }

    // The call under way: unlike any before; its function in the lowest bits.
    [[nodiscard]] std::uint64_t call() const noexcept {
        return call_.load(std::memory_order_relaxed);
    }

    // The kernel's number of the worker's thread, 0 before its first call.
    [[nodiscard]] int thread() const noexcept { return thread_.load(std::memory_order_relaxed); }

    // Sends the signal: that call is to be left, if it is still under way and can be left here.
    void condemn(std::uint64_t call) noexcept;

    // Takes a real-time signal that nobody uses, for the rest of the process. Returns false where
    // none is free.
    [[nodiscard]] static bool install_handler() noexcept;

    // What the handler does: leaves the call under way if it is condemned and `place`, where the
    // thread was, lies in the code; else it returns.
    static void leave_condemned(std::uintptr_t place) noexcept;

private:
    void meet_thread() noexcept;

    // Of the thread: its number among all that ever had a watch, and the watch that it entered
    // last. The handler reads the second, so that neither may be made when it is first touched.
    // NOLINTBEGIN(readability-identifier-naming): private members, which it takes for variables
    [[gnu::tls_model("initial-exec")]] static constinit thread_local std::uint64_t own_number_;
    [[gnu::tls_model("initial-exec")]] static constinit thread_local CallWatch* current_;
    // NOLINTEND(readability-identifier-naming)

    std::atomic<std::uint64_t> call_{0};
    std::atomic<std::uint64_t> condemned_{0};
    std::uint64_t thread_number_ = 0;
    std::atomic<int> thread_{0};
    std::span<const CodeRange> code_;
    sigjmp_buf frame_{};
};

}  // namespace flowgauge
