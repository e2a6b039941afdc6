// When which of several peers is active, with peers and time in the test's hands.
#include "export/network/failover_transport.h"

#include "tests/unit/export/network/numbered_units.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

class FakePeer final : public PeerTransport {
public:
    [[nodiscard]] bool has_room() const noexcept override { return held.size() < 4; }
    void turn(SteadyTime now, std::vector<Delivery>& done) override {
        if (resting_) {
            // It confirms all but the last block.
            while (held.size() > 1) {
                const std::uint64_t records = held.front().block.records;
                done.push_back(
                    {.block = std::move(held.front().block), .acknowledged = records, .dropped = {}}
                );
                held.erase(held.begin());
            }
            asleep = true;
            resting_ = false;
        }
        if (!up && !asleep) {
            ++failures_;
        }
        if (!stuck || !progress_at_) {
            progress_at_ = now;
        }
    }
    void prepare_wait(TransportWait& /*wait*/) const override {}
    void close() override { closed_ = true; }
    [[nodiscard]] bool is_idle() const noexcept override { return closed_ && held.empty(); }
    [[nodiscard]] const OutputNumbers& numbers() const noexcept override { return numbers_; }
    void accept(PendingBlock pending) override { held.push_back(std::move(pending)); }
    void give_back(std::vector<PendingBlock>& blocks) override {
        for (PendingBlock& one : held) {
            blocks.push_back(std::move(one));
        }
        held.clear();
    }
    [[nodiscard]] bool is_up() const noexcept override { return up && !asleep; }
    [[nodiscard]] std::uint64_t failures() const noexcept override { return failures_; }
    [[nodiscard]] std::optional<SteadyTime> stuck_since() const noexcept override {
        return stuck ? progress_at_ : std::nullopt;
    }
    void wake() override {
        asleep = false;
        closed_ = false;
        progress_at_.reset();
    }
    void rest(SteadyTime /*now*/) override { resting_ = !asleep; }
    [[nodiscard]] bool is_asleep() const noexcept override { return asleep; }

    std::vector<PendingBlock> held;
    bool up = true;
    bool stuck = false;
    bool asleep = false;

private:
    bool resting_ = false;
    bool closed_ = false;
    std::uint64_t failures_ = 0;
    std::optional<SteadyTime> progress_at_;
    OutputNumbers numbers_;
};

class FailoverInTime : public testing::Test {
public:
    FailoverInTime() {
        std::vector<std::unique_ptr<PeerTransport>> list;
        for (FakePeer*& peer : peers) {
            auto made = std::make_unique<FakePeer>();
            peer = made.get();
            list.push_back(std::move(made));
        }
        failover.emplace(
            std::move(list), FailoverTransport::Options{.failback_after = 60s, .stuck_after = 30s}
        );
        pass(0s);
    }
    // Turns each second.
    void pass(std::chrono::seconds time) {
        const SteadyTime end = now + time;
        do {
            failover->turn(now, done);
            now += 1s;
        } while (now < end);
    }
    void send() {
        std::uint64_t number = 0;
        failover->send(test::numbered_block(number, 1, 20));
    }
    // How long it takes until `peer` is active.
    std::chrono::seconds until_active(std::size_t peer) {
        const SteadyTime begin = now;
        while (failover->active() != peer && now - begin < 24h) {
            pass(1s);
        }
        return std::chrono::duration_cast<std::chrono::seconds>(now - begin);
    }

    std::array<FakePeer*, 3> peers{};
    std::optional<FailoverTransport> failover;
    std::vector<Delivery> done;
    SteadyTime now{1h};
};

TEST_F(FailoverInTime, LetsTheOthersSleep) {
    EXPECT_EQ(failover->active(), 0U);
    EXPECT_FALSE(peers[0]->asleep);
    EXPECT_TRUE(peers[1]->asleep);
    EXPECT_TRUE(peers[2]->asleep);
}

TEST_F(FailoverInTime, GoesDownTheListWithAllThatWasNotAcknowledged) {
    send();
    send();
    send();
    peers[0]->up = peers[1]->up = false;
    peers[0]->held[0].units_sent = 1;
    pass(3s);
    EXPECT_EQ(failover->active(), 2U);
    ASSERT_EQ(peers[2]->held.size(), 3U);
    EXPECT_EQ(peers[2]->held[0].units_sent, 1U);
    EXPECT_LT(peers[2]->held[0].block.sequence, peers[2]->held[2].block.sequence);
    EXPECT_TRUE(done.empty());
}

TEST_F(FailoverInTime, GoesBackWhenThePreferredOneWasUpWithoutABreak) {
    peers[0]->up = false;
    until_active(1);
    send();
    send();
    peers[0]->up = true;
    pass(40s);
    peers[0]->up = false;
    pass(1s);
    peers[0]->up = true;
    pass(55s);
    EXPECT_EQ(failover->active(), 1U);
    pass(10s);
    EXPECT_EQ(failover->active(), 0U);
    EXPECT_EQ(done.size(), 1U) << "the other one confirmed one block";
    EXPECT_EQ(peers[0]->held.size(), 1U) << "and not the other";
    EXPECT_TRUE(peers[1]->asleep);
}

TEST_F(FailoverInTime, LetsAPeerThatReadsNothingComeBackLessOften) {
    peers[0]->stuck = true;
    EXPECT_NEAR(double(until_active(1).count()), 31, 2);
    EXPECT_NEAR(double(until_active(0).count()), 62, 3);
    for (const int minutes : {2, 4, 8, 16, 32, 64, 64}) {
        EXPECT_NEAR(double(until_active(1).count()), 31, 2);
        EXPECT_NEAR(double(until_active(0).count()), 60 * minutes, 4);
    }
    peers[0]->stuck = false;
    pass(600s);
    peers[0]->stuck = true;
    until_active(1);
    EXPECT_NEAR(double(until_active(0).count()), 62, 3) << "it has worked for long";
}

TEST_F(FailoverInTime, BearsNoGrudgeForBeingAway) {
    for (FakePeer* const peer : peers) {
        peer->up = false;
    }
    pass(1000s);
    peers[1]->up = true;
    until_active(1);
    peers[0]->up = true;
    EXPECT_NEAR(double(until_active(0).count()), 62, 3);
}

TEST_F(FailoverInTime, EndsWithTheActiveOne) {
    send();
    failover->close();
    pass(1s);
    EXPECT_FALSE(failover->is_idle());
    peers[0]->up = false;
    pass(2s);
    EXPECT_EQ(failover->active(), 1U);
    EXPECT_FALSE(failover->is_idle());
    peers[1]->held.clear();
    pass(1s);
    EXPECT_TRUE(failover->is_idle());
}

}  // namespace
}  // namespace flowgauge
