// IpfixSession: what one transport session adds to messages (RFC 7011 sections 3.1, 8 and 10):
// sequence numbers, export times, templates before the data that needs them, and statistics.
#pragma once

#include "export/ipfix/options_data.h"
#include "export/network/session_protocol.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace flowgauge {

// What all sessions of a sink have sent. Thread: that of the sink.
struct ExportTotals {
    std::uint64_t messages = 0;
    std::uint64_t records = 0;  // of flows
    std::uint64_t octets = 0;
};

struct IpfixSessionOptions {
    std::uint32_t observation_domain = 1;

    // Where messages may get lost, templates and options data are sent again after this time.
    std::chrono::milliseconds template_refresh{60'000};

    // Statistics are sent that often, and with each refresh.
    std::chrono::milliseconds statistics_every{60'000};

    std::function<std::uint32_t()> clock;  // seconds since 1970 UTC; required
    std::function<ExporterStatistics()>
        statistics;  // but for what was exported; null: none are sent
    std::shared_ptr<ExportTotals> totals = std::make_shared<ExportTotals>();
    std::shared_ptr<const InterfaceTable> interfaces;  // sent when they change; null: none are
};

// Takes messages as IpfixMessageWriter leaves them. Thread: that of the sink.
class IpfixSession final : public SessionProtocol {
public:
    explicit IpfixSession(IpfixSessionOptions options) : options_(std::move(options)) {}

    // Sequence numbers begin at 0 on a stream. Datagrams go on counting, since a collector may take
    // them for the same session.
    void begin(bool datagrams) override;
    void prepare(const Preamble* preamble, SteadyTime now, WireMessages& out) override;
    [[nodiscard]] SteadyTime next_repeat() const noexcept override;
    void put(std::string_view unit, std::uint32_t records, WireMessages& out) override;

    // Data records sent, options data among them.
    [[nodiscard]] std::uint32_t sequence() const noexcept { return sequence_; }

private:
    // Preambles that the other side knows. More than a few come only out of a spool that saw many
    // settings; the one that was sent longest ago is forgotten, and sent again when it is needed.
    static constexpr std::size_t kKnownMax = 16;
    struct Known {
        std::uint64_t fingerprint = 0;
        SteadyTime sent;
    };

    void send_preamble(const Preamble& preamble, SteadyTime now, WireMessages& out);
    void send_interfaces(WireMessages& out);
    void send_statistics(SteadyTime now, WireMessages& out);
    void send_all(std::string_view messages, WireMessages& out);
    [[nodiscard]] Known* find(std::uint64_t fingerprint) noexcept;
    [[nodiscard]] bool is_due(const Known& known, SteadyTime now) const noexcept;

    IpfixSessionOptions options_;
    std::uint32_t sequence_ = 0;
    bool datagrams_ = false;
    bool statistics_described_ = false;  // their templates were sent
    std::uint64_t interfaces_sent_ = 0;  // version of those that were sent; 0: none were
    SteadyTime statistics_due_ = SteadyTime::max();
    Preamble current_;  // that of the last units; repeated where it may have been lost
    std::vector<Known> known_;
    std::string message_;  // memory of the one that is being changed
};

}  // namespace flowgauge
