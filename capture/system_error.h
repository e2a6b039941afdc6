// What the kernel refused, as an Error for the operator.
#pragma once

#include "core/base/result.h"

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace flowgauge {

// Returns "WHAT: reason of `number`", kind kSystem. A missing privilege says how to get it.
[[nodiscard]] inline Error system_error(std::string_view what, int number) {
    std::string message(what);
    message += ": ";
    message += std::system_category().message(number);
    if (number == EPERM || number == EACCES) {
        message += "; needs CAP_NET_RAW: run as root, or after "
                   "setcap cap_net_raw+ep on the binary";
    }
    return Error{ErrorKind::kSystem, std::move(message)};
}

}  // namespace flowgauge
