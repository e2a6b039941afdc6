// http_request(): asks the running sensor something, and waits for the answer.
#pragma once

#include "control/http_message.h"
#include "core/base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace flowgauge {

// `endpoint` is the path of a unix socket, which has a slash, or ADDRESS:PORT in numbers, without
// TLS. Thread: any; blocks until `timeout` at most. Errors: what failed, and what to do: whether
// the sensor runs, who may ask it. A status of 400 and above is no error here.
[[nodiscard]] Result<HttpResponse> http_request(
    const std::string& endpoint,
    std::string_view method,
    std::string_view target,
    std::chrono::milliseconds timeout
);

}  // namespace flowgauge
