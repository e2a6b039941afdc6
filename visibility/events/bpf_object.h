// BpfObject: compiled BPF programs that are part of the sensor, loaded into the kernel.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct bpf_link;
struct bpf_object;

namespace flowgauge {

// The programs of programs/*.bpf.c.
[[nodiscard]] std::span<const std::uint8_t> events_program() noexcept;
[[nodiscard]] std::span<const std::uint8_t> holders_program() noexcept;

struct BpfObjectCloser {
    void operator()(bpf_object* object) const noexcept;
};
struct BpfLinkCloser {
    void operator()(bpf_link* link) const noexcept;
};
using BpfObject = std::unique_ptr<bpf_object, BpfObjectCloser>;
using BpfLink = std::unique_ptr<bpf_link, BpfLinkCloser>;

// Loads the programs of these names out of `elf`, and no others. Errors: what the kernel refused,
// and the remedy. Each call opens `elf` anew: to learn which programs a host takes, load each
// alone, for one that is refused takes all down.
[[nodiscard]] Result<BpfObject> load_bpf(
    std::span<const std::uint8_t> elf, const std::vector<std::string>& programs
);

// Makes a loaded program run. Errors: as load_bpf().
[[nodiscard]] Result<BpfLink> attach_bpf(bpf_object* object, const std::string& program);

// Whether pids are those of the machine: those of BPF always are. Errors: the sensor lives in a pid
// namespace.
[[nodiscard]] Result<void> require_pids_of_machine();

}  // namespace flowgauge
