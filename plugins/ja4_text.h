// The JA4 and JA4S fingerprints of hellos over TCP. Source: FoxIO's technical details of JA4,
// https://github.com/FoxIO-LLC/ja4/blob/main/technical_details, where values of GREASE count
// nowhere.
#pragma once

#include "plugins/tls_hello.h"

#include <string>

namespace flowgauge::plugins {

// "t12d1310h2_27a29bd8d6e6_85173d161f9a"
[[nodiscard]] std::string ja4_of(const TlsHello& client);

// "t1205h2_c02b_845f7282a956"
[[nodiscard]] std::string ja4s_of(const TlsHello& server);

}  // namespace flowgauge::plugins
