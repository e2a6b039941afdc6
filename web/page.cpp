#include "web/page.h"

namespace flowgauge {

std::string_view page_html() noexcept {
    return "<!doctype html><title>flowgauge</title>";
}

}  // namespace flowgauge
