// EventLoop::Implementation: the io_context behind EventLoop, for the HTTP server alone.
#pragma once

#include "control/event_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <utility>

namespace flowgauge {

// What a timer, a signal or a descriptor calls again and again. It lives as long as the loop, so
// that handlers may refer to it.
template <typename Source, typename Called>
struct Watch {
    Watch(boost::asio::io_context& context, Called callback)
        : source(context),
          called(std::move(callback)) {}

    Source source;
    Called called;
};

// Thread: as EventLoop. Members end in the opposite order: the sources before the context.
class EventLoop::Implementation {
public:
    using Timer = Watch<boost::asio::steady_timer, Callback>;
    using Signal = Watch<boost::asio::signal_set, std::function<void(int)>>;
    using Descriptor = Watch<boost::asio::posix::stream_descriptor, Callback>;

    Implementation() = default;
    ~Implementation();
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    // One thread runs it, but others post.
    boost::asio::io_context context;
    std::list<Timer> timers;
    std::list<Signal> signals;
    std::list<Descriptor> descriptors;
};

}  // namespace flowgauge
