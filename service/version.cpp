#include "service/version.h"

#include "capture/packet_filter.h"
#include "core/base/format.h"
#include "core/dpi/ndpi_module.h"

namespace flowgauge {

std::string version_text() {
    return format(
        "flowgauge {}\nnDPI {}\n{}\nfmt {}.{}.{}",
        FLOWGAUGE_VERSION,
        NdpiModule::version(),
        capture_library_version(),
        FMT_VERSION / 10000,
        FMT_VERSION / 100 % 100,
        FMT_VERSION % 100
    );
}

}  // namespace flowgauge
