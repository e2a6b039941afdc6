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

BuildVersion build_version() {
#if defined(__clang__)
    const std::string compiler =
        format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
    const std::string compiler =
        format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
    return {
        .flowgauge = FLOWGAUGE_VERSION,
        .ndpi = std::string(NdpiModule::version()),
        .compiler = compiler};
}

}  // namespace flowgauge
