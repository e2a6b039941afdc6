#include "core/packet/intake.h"

namespace flowgauge {

IntakeStep Intake::decode(const Frame& frame) {
    ++frames_;
    return follow(decoder_.decode(frame, packet_, fragment_));
}

IntakeStep Intake::reassemble() {
    switch (reassembler_.add(packet_, fragment_.header, rejections_)) {
    case Reassembler::Step::kHeld:
        return IntakeStep::kNothing;
    case Reassembler::Step::kRejected:
        rejections_.add(reassembler_.reason());
        return IntakeStep::kNothing;
    case Reassembler::Step::kComplete:
        break;
    }
    return follow(decoder_.decode_datagram(reassembler_.datagram(), packet_, fragment_));
}

IntakeStep Intake::follow(DecodeResult result) noexcept {
    switch (result.step) {
    case DecodeStep::kPacket:
        return IntakeStep::kPacket;
    case DecodeStep::kFragment:
        return IntakeStep::kFragment;
    case DecodeStep::kRejected:
        break;
    }
    rejections_.add(result.reason);
    return IntakeStep::kNothing;
}

}  // namespace flowgauge
