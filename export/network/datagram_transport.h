// DatagramTransport: blocks to one collector over UDP or a unix datagram socket.
#pragma once

#include "export/network/datagram_batch.h"
#include "export/network/datagram_sender.h"
#include "export/network/network_options.h"
#include "export/network/peer_dialer.h"
#include "export/network/peer_report.h"
#include "export/network/peer_transport.h"
#include "export/network/session_protocol.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {

// Acknowledged means: the kernel has taken the datagrams; whether they arrive is not known. Over
// UDP a closed port does not hold anything up: it is counted in `errors`, is told, and `working` is
// 0 until nothing was refused for ten seconds. Thread: that of the sink. Bounds: unsent_max and
// one block, and 256 framed messages. With a rate no burst is larger than 64 KiB: a socket of the
// size that Linux gives by default holds it.
class DatagramTransport final : public PeerTransport {
public:
    struct Options {
        PeerDialer::Options dialer;
        DatagramOptions datagram;
        SessionFactory make_session;
        std::function<void(const std::string& text)> tell;
    };

    explicit DatagramTransport(Options options);

    [[nodiscard]] bool has_room() const noexcept override {
        return bytes_ < options_.datagram.unsent_max;
    }
    void turn(SteadyTime now, std::vector<Delivery>& done) override;
    void prepare_wait(TransportWait& wait) const override;
    void close() override { closing_ = true; }
    [[nodiscard]] bool is_idle() const noexcept override { return closing_ && entries_.empty(); }
    void deliver_parts(std::vector<Delivery>& done) override;
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return report_.numbers; }

    void accept(PendingBlock pending) override;
    void give_back(std::vector<PendingBlock>& blocks) override;
    [[nodiscard]] bool is_up() const noexcept override { return sender_ && !refused_; }
    [[nodiscard]] std::uint64_t failures() const noexcept override {
        return dialer_.failures() + refused_periods_;
    }
    [[nodiscard]] std::optional<SteadyTime> stuck_since() const noexcept override;
    void wake() override;
    void rest(SteadyTime now) override;
    [[nodiscard]] bool is_asleep() const noexcept override { return dialer_.is_asleep(); }

private:
    struct Entry {
        Block block;
        std::size_t units_decided = 0;
        std::size_t units_ever = 0;  // sent, by this or another transport
        RecordLosses dropped;
    };

    void open(SteadyTime now);
    void send_all(SteadyTime now, std::vector<Delivery>& done);
    void refill(SteadyTime now);
    [[nodiscard]] bool is_paced() const noexcept;
    void stage(SteadyTime now);
    void settle(SteadyTime now, std::vector<Delivery>& done);
    void settle_unit(Entry& entry, std::optional<RecordLoss> loss);
    void look_at_refusals(SteadyTime now);
    void skip_decided(std::vector<Delivery>& done);
    void break_off(SteadyTime now);
    void unstage();
    [[nodiscard]] Delivery split_off(Entry& entry);

    Options options_;
    PeerDialer dialer_;
    PeerReport report_;
    std::optional<DatagramSender> sender_;
    std::unique_ptr<SessionProtocol> session_;
    std::shared_ptr<const Preamble> preamble_;  // the last that was sent
    std::deque<Entry> entries_;
    std::uint64_t bytes_ = 0;      // of the blocks in entries_
    std::size_t staged_ = 0;       // of entries_, the first with a unit that is not framed
    std::size_t staged_unit_ = 0;  // that unit
    DatagramBatch batch_;          // framed, and not all of it sent
    std::size_t settled_ = 0;      // units of batch_ that were taken over
    std::int64_t allowance_ = 0;   // bytes that the rate grants at present
    SteadyTime refilled_at_;
    DatagramSender::Outcome outcome_ = DatagramSender::Outcome::kDone;
    SteadyTime busy_until_;
    std::uint64_t bytes_seen_ = 0;  // of the sender's numbers
    std::uint64_t errors_seen_ = 0;
    std::uint64_t refusals_seen_ = 0;
    std::optional<SteadyTime> refused_;  // when a datagram was refused last
    std::uint64_t refused_periods_ = 0;
    std::optional<SteadyTime> progress_at_;  // when the kernel took something, or nothing waited
    bool had_entries_ = false;               // when the last turn ended
    SteadyTime now_;                         // of the last turn
    bool closing_ = false;
    bool resting_ = false;
    SteadyTime rest_until_;
};

}  // namespace flowgauge
