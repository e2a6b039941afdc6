#include "core/packet/intake.h"

namespace flowgauge {

IntakeStep Intake::decode(const Frame& frame) {
    ++frames_;
    bytes_ += frame.wire_bytes;
    return follow(decoder_.decode(frame, packet_, fragment_));
}

IntakeStep Intake::reassemble() {
    switch (reassembler_.add(packet_, fragment_.header, tally_)) {
    case Reassembler::Step::kHeld:
        tally_.hold(packet_.position);
        return IntakeStep::kNothing;
    case Reassembler::Step::kRejected:
        tally_.add(packet_.position, reassembler_.reason());
        return IntakeStep::kNothing;
    case Reassembler::Step::kComplete:
        break;
    }
    return follow(decoder_.decode_datagram(reassembler_.datagram(), packet_, fragment_));
}

IntakeStep Intake::follow(DecodeResult result) {
    switch (result.step) {
    case DecodeStep::kPacket:
        return IntakeStep::kPacket;
    case DecodeStep::kFragment:
        return IntakeStep::kFragment;
    case DecodeStep::kRejected:
        break;
    }
    tally_.add(packet_.position, result.reason);
    return IntakeStep::kNothing;
}

}  // namespace flowgauge
