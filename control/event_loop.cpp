#include "control/event_loop.h"

#include "control/event_loop_implementation.h"
#include "core/base/format.h"
#include "service/log.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace flowgauge {
namespace {

using boost::system::error_code;
using Implementation = EventLoop::Implementation;

// The border of exceptions: one callback that runs out of memory must not end the others.
template <typename Called, typename... Arguments>
void call(const Called& called, Arguments... arguments) {
    try {
        called(arguments...);
    } catch (const std::exception& error) {
        log_error(format("control thread: a callback failed: {}", error.what()));
    }
}

void wait_for(Implementation::Timer& timer, std::chrono::milliseconds period) {
    timer.source.async_wait([&timer, period](error_code error) {
        if (error) {
            return;
        }
        call(timer.called);
        const auto now = std::chrono::steady_clock::now();
        timer.source.expires_at(std::max(timer.source.expiry() + period, now));
        wait_for(timer, period);
    });
}

void wait_for(Implementation::Signal& signal) {
    signal.source.async_wait([&signal](error_code error, int number) {
        if (error) {
            return;
        }
        call(signal.called, number);
        wait_for(signal);
    });
}

void wait_for(Implementation::Descriptor& descriptor) {
    using Stream = boost::asio::posix::stream_descriptor;
    descriptor.source.async_wait(Stream::wait_read, [&descriptor](error_code error) {
        if (error == boost::asio::error::operation_aborted) {
            return;
        }
        if (error) {
            log_error(format(
                "control thread: cannot wait for descriptor {}: {}",
                descriptor.source.native_handle(),
                error.message()
            ));
            return;
        }
        call(descriptor.called);
        wait_for(descriptor);
    });
}

}  // namespace

EventLoop::Implementation::~Implementation() {
    for (Descriptor& descriptor : descriptors) {
        static_cast<void>(descriptor.source.release());  // the caller closes it
    }
}

EventLoop::EventLoop() : implementation_(std::make_unique<Implementation>()) {}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
    boost::asio::io_context& context = implementation_->context;
    const auto work = boost::asio::make_work_guard(context);
    while (!context.stopped()) {
        try {
            context.run();
        } catch (const std::exception& error) {  // of the server's own steps
            log_error(format("control thread: {}", error.what()));
        }
    }
}

void EventLoop::stop() {
    implementation_->context.stop();
}

void EventLoop::every(std::chrono::milliseconds period, Callback callback) {
    auto& timers = implementation_->timers;
    auto& timer = timers.emplace_back(implementation_->context, std::move(callback));
    timer.source.expires_after(period);
    wait_for(timer, period);
}

void EventLoop::after(std::chrono::milliseconds delay, Callback callback) {
    auto timer = std::make_shared<boost::asio::steady_timer>(implementation_->context, delay);
    boost::asio::steady_timer& waiting = *timer;
    waiting.async_wait([timer = std::move(timer),
                        callback = std::move(callback)](error_code error) {
        if (!error) {
            call(callback);
        }
    });
}

void EventLoop::on_signal(int signal, std::function<void(int)> callback) {
    auto& signals = implementation_->signals;
    auto& waiting = signals.emplace_back(implementation_->context, std::move(callback));
    error_code error;
    waiting.source.add(signal, error);
    if (error) {
        log_error(format("control thread: cannot receive signal {}: {}", signal, error.message()));
        return;
    }
    wait_for(waiting);
}

void EventLoop::on_readable(int descriptor, Callback callback) {
    auto& descriptors = implementation_->descriptors;
    auto& waiting = descriptors.emplace_back(implementation_->context, std::move(callback));
    error_code error;
    waiting.source.assign(descriptor, error);
    if (error) {
        log_error(
            format("control thread: cannot wait for descriptor {}: {}", descriptor, error.message())
        );
        return;
    }
    wait_for(waiting);
}

void EventLoop::post(Callback callback) {
    boost::asio::post(implementation_->context, [callback = std::move(callback)] {
        call(callback);
    });
}

}  // namespace flowgauge
