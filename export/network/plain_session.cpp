#include "export/network/plain_session.h"

namespace flowgauge {

void PlainSession::prepare(const Preamble* preamble, SteadyTime /*now*/, WireMessages& out) {
    if (preamble != nullptr && !preamble->bytes.empty() && preamble->fingerprint != sent_) {
        out.add(preamble->bytes);
        sent_ = preamble->fingerprint;
    }
}

void PlainSession::put(std::string_view unit, std::uint32_t /*records*/, WireMessages& out) {
    out.add(unit);
}

}  // namespace flowgauge
