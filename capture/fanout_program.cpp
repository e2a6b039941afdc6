#include "capture/fanout_program.h"

#include "core/packet/steering.h"

#include <linux/if_ether.h>

#include <cstddef>
#include <cstdint>

namespace flowgauge {
namespace {

// Where the addresses stand in their headers, and how many 32-bit words the pair has.
constexpr std::uint32_t kIpv4PairOffset = 12;
constexpr std::uint32_t kIpv4PairWords = 2;
constexpr std::uint32_t kIpv6PairOffset = 8;
constexpr std::uint32_t kIpv6PairWords = 8;

// Scratch memory of the program.
constexpr std::uint32_t kExclusiveOrCell = 0;
constexpr std::uint32_t kSumCell = 1;

// Writes a program front to back. A and X are the registers of the machine.
class Assembler {
public:
    void emit(unsigned int code, std::uint32_t operand = 0) {
        program_.push_back(
            {.code = static_cast<std::uint16_t>(code), .jt = 0, .jf = 0, .k = operand}
        );
    }

    // A := 16 or 32 bits at an offset from a base of the kernel's (SKF_*).
    void load(unsigned int width, int base, std::uint32_t offset) {
        emit(BPF_LD | width | BPF_ABS, static_cast<std::uint32_t>(base) + offset);
    }

    // Skips what is emitted until land() if A differs from `value`. Returns what land() needs.
    [[nodiscard]] std::size_t skip_unless(std::uint32_t value) {
        emit(BPF_JMP | BPF_JEQ | BPF_K, value);
        return program_.size();
    }
    void land(std::size_t start) {
        program_[start - 1].jf = static_cast<std::uint8_t>(program_.size() - start);
    }

    [[nodiscard]] std::vector<sock_filter> take() && { return std::move(program_); }

private:
    std::vector<sock_filter> program_;
};

// Folds the words of one address pair into the two cells.
void fold_words(Assembler& code, std::uint32_t offset, std::uint32_t words) {
    code.load(BPF_W, SKF_NET_OFF, offset);
    code.emit(BPF_ST, kExclusiveOrCell);
    code.emit(BPF_ST, kSumCell);
    for (std::uint32_t word = 1; word < words; ++word) {
        code.load(BPF_W, SKF_NET_OFF, offset + 4 * word);
        code.emit(BPF_MISC | BPF_TAX);
        code.emit(BPF_LD | BPF_MEM, kExclusiveOrCell);
        code.emit(BPF_ALU | BPF_XOR | BPF_X);
        code.emit(BPF_ST, kExclusiveOrCell);
        code.emit(BPF_LD | BPF_MEM, kSumCell);
        code.emit(BPF_ALU | BPF_ADD | BPF_X);
        code.emit(BPF_ST, kSumCell);
    }
}

// mix_steering_words() of the two cells, returned.
void return_mix(Assembler& code) {
    code.emit(BPF_LD | BPF_MEM, kSumCell);
    code.emit(BPF_ALU | BPF_MUL | BPF_K, kSteeringSumFactor);
    code.emit(BPF_MISC | BPF_TAX);
    code.emit(BPF_LD | BPF_MEM, kExclusiveOrCell);
    code.emit(BPF_ALU | BPF_MUL | BPF_K, kSteeringXorFactor);
    code.emit(BPF_ALU | BPF_ADD | BPF_X);
    code.emit(BPF_MISC | BPF_TAX);
    code.emit(BPF_ALU | BPF_RSH | BPF_K, 15);
    code.emit(BPF_ALU | BPF_XOR | BPF_X);
    code.emit(BPF_ALU | BPF_MUL | BPF_K, kSteeringFinalFactor);
    code.emit(BPF_ALU | BPF_RSH | BPF_K, 16);
    code.emit(BPF_RET | BPF_A);
}

}  // namespace

std::vector<sock_filter> fanout_program() {
    Assembler code;
    code.load(BPF_W, SKF_AD_OFF, SKF_AD_PROTOCOL);
    const std::size_t not_ipv4 = code.skip_unless(ETH_P_IP);
    fold_words(code, kIpv4PairOffset, kIpv4PairWords);
    return_mix(code);
    code.land(not_ipv4);
    const std::size_t not_ipv6 = code.skip_unless(ETH_P_IPV6);
    fold_words(code, kIpv6PairOffset, kIpv6PairWords);
    return_mix(code);
    code.land(not_ipv6);
    code.emit(BPF_RET | BPF_K, kUnsteeredWorker);
    return std::move(code).take();
}

}  // namespace flowgauge
