// The transport of a sink to collectors, as its options say.
#pragma once

#include "core/base/result.h"
#include "export/network/network_options.h"
#include "export/network/session_protocol.h"
#include "export/sink/transport.h"

#include <memory>

namespace flowgauge {

// Connects from the first turn on. Errors: options that cannot work, and TLS files that cannot be
// read; a collector that is not there is none.
[[nodiscard]] Result<std::unique_ptr<Transport>> open_network(
    const NetworkOptions& options, const SessionFactory& make_session
);

}  // namespace flowgauge
