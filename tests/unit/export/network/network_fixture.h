// Options for transports under test: short waits, plain units.
#pragma once

#include "export/network/network_transport.h"
#include "export/network/plain_session.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::test {

inline NetworkOptions quick_options(NetworkProtocol protocol) {
    NetworkOptions options;
    options.protocol = protocol;
    options.backoff = {
        .first = std::chrono::milliseconds(5), .longest = std::chrono::milliseconds(20)};
    options.failback_after = std::chrono::milliseconds(50);
    options.skip_after = std::chrono::milliseconds(50);
    options.stream.finish_timeout = std::chrono::milliseconds(200);
    return options;
}

inline SessionFactory plain_sessions() {
    return [] {
        return std::make_unique<PlainSession>();
    };
}

inline std::unique_ptr<Transport> open_plain(const NetworkOptions& options) {
    Result<std::unique_ptr<Transport>> opened = open_network(options, plain_sessions());
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return std::move(opened).value();
}

// A path for a unix socket of this process.
inline std::string socket_path(const std::string& name) {
    return testing::TempDir() + "flowgauge-" + std::to_string(::getpid()) + "-" + name;
}

}  // namespace flowgauge::test
