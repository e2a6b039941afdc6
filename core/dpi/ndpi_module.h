// NdpiModule: the only door to nDPI. One module a worker; nothing else sees its headers.
//
// Versions: written for nDPI 4.2 to 4.11, claimed for Debian's 4.2.
#pragma once

#include "core/base/reserved_memory.h"
#include "core/base/result.h"
#include "core/dpi/application.h"
#include "core/dpi/dissection_options.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

struct ndpi_detection_module_struct;
struct ndpi_flow_struct;

namespace flowgauge {

// Thread: opening and closing lock each other out (nDPI has static state there); everything else
// belongs to one thread at a time. Ownership: owns the detection module, not the flows.
class NdpiModule {
public:
    using Flow = ::ndpi_flow_struct;

    // Errors: a library of another version than the headers, an unreadable file, no memory.
    [[nodiscard]] static Result<NdpiModule> open(const DissectionOptions& options);

    NdpiModule(const NdpiModule&) = delete;
    NdpiModule& operator=(const NdpiModule&) = delete;
    NdpiModule(NdpiModule&&) noexcept = default;
    NdpiModule& operator=(NdpiModule&&) noexcept = default;
    ~NdpiModule() = default;

    // Returns nullptr when flows_max are in use. Free it with free_flow(), before the module goes.
    [[nodiscard]] Flow* new_flow() noexcept;
    void free_flow(Flow* flow) noexcept;

    // Whether nDPI may see this packet: it crashes on some (docs/decisions). `ip` is the packet
    // from its IP header on; version and protocol are those of the flow.
    [[nodiscard]] static bool admits(
        std::span<const std::uint8_t> ip, std::uint8_t ip_version, std::uint8_t protocol
    ) noexcept;

    // Requires: admits(), kFrameSlackBytes readable behind `ip`, `milliseconds` never falling.
    void process(
        Flow* flow,
        std::span<const std::uint8_t> ip,
        std::uint64_t milliseconds,
        Application& application
    ) const noexcept;

    // Whether nDPI wants more packets although the application is known.
    [[nodiscard]] bool wants_more(Flow* flow) const noexcept;

    // No packet comes any more: the best answer there is.
    void give_up(Flow* flow, bool guess, Application& application) const noexcept;

    // Copies confidence, risks and text out of the flow, which can be freed afterwards. Requires:
    // the answer is final; nDPI finds some risks with the last packet, or when it gives up.
    static void harvest(const Flow* flow, Application& application);

    // Shared with whoever writes records, which may outlive the module.
    [[nodiscard]] std::shared_ptr<const ApplicationNames> names() const;  // NOLINT(tree)

    // "4.2.0"
    [[nodiscard]] static std::string version();

private:
    struct Close {
        void operator()(::ndpi_detection_module_struct* module) const noexcept;
    };
    using Handle = std::unique_ptr<::ndpi_detection_module_struct, Close>;

    NdpiModule(Handle module, std::uint32_t flows_max);

    // Flows lie in one range instead of the allocator's many: threads that allocate by the thousand
    // spend their time in growing heaps, and stop each other for it.
    Handle module_;
    ReservedMemory flow_memory_;
    std::uint32_t flows_max_;
    std::uint32_t flows_fresh_ = 0;  // places below were used before
    std::uint32_t flows_in_use_ = 0;
    std::byte* free_flow_ = nullptr;  // a free place begins with the address of the next
};

}  // namespace flowgauge
