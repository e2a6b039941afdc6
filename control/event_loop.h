// EventLoop: the control thread's loop of timers, signals and descriptors. Hides Boost.Asio.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace flowgauge {

// Thread: run() and all callbacks on one thread, the control thread; post() and stop() from any.
// Ownership: owns the callbacks. Errors: an exception of a callback is logged, and the loop goes
// on.
class EventLoop {
public:
    using Callback = std::function<void()>;

    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Runs callbacks until stop().
    void run();
    void stop();

    // Calls `callback` every `period`, first after one period, by a clock that nobody sets. A call
    // that takes longer than the period is followed by one call, not by those that it missed.
    void every(std::chrono::milliseconds period, Callback callback);

    // Calls `callback` once after `delay`.
    void after(std::chrono::milliseconds delay, Callback callback);

    // Calls `callback(signal)` for each of `signal` that arrives. Blocks its default action.
    // Threads that do not expect EINTR have it blocked: the handler runs on any thread that lets it
    // in.
    void on_signal(int signal, std::function<void(int)> callback);

    // Calls `callback` whenever `descriptor` can be read, which the caller keeps open as long as
    // the loop lives. The callback reads what is there, or it is called again at once.
    void on_readable(int descriptor, Callback callback);

    void post(Callback callback);

    class Implementation;  // control/event_loop_implementation.h
    [[nodiscard]] Implementation& implementation() noexcept { return *implementation_; }

private:
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace flowgauge
