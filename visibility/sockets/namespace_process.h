// NamespaceProcess: a process through which a network namespace can be reached.
#pragma once

#include <cstdint>

namespace flowgauge {

struct NamespaceProcess {
    std::uint32_t name_space = 0;  // inode of /proc/PID/ns/net
    std::int32_t pid = -1;         // lives in it, when it was looked at

    friend bool operator==(const NamespaceProcess&, const NamespaceProcess&) = default;
};

}  // namespace flowgauge
