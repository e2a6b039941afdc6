// Gives numbered messages to a KafkaTransport at a steady rate, so that its broker can be hurt
// meanwhile:
//
//     produce BROKER TOPIC COUNT MESSAGES_PER_SECOND [PROPERTY=VALUE ...]
//
// Message N has the key "flow" + N % 100 and the value "N " + 200 letters. Says at the end what
// became of them: "sent N acknowledged N dropped N repeated N producers N". Ends with 1 when not
// all are decided two minutes after the last one was made.
#include "export/kafka/kafka_transport.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

constexpr std::size_t kBlockMessages = 200;
constexpr std::chrono::minutes kPatience{2};

struct Plan {
    std::uint64_t count = 0;
    std::uint64_t rate = 0;  // a second
};

struct Outcome {
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t dropped = 0;
};

Block block_of(std::uint64_t first, std::uint64_t count) {
    static const std::string kLetters(200, 'x');
    Block block;
    for (std::uint64_t i = first; i < first + count; ++i) {
        const std::string key = "flow" + std::to_string(i % 100);
        block.bytes += static_cast<char>(key.size());
        block.bytes.append(key).append(std::to_string(i)).append(" ").append(kLetters);
        block.end_unit(1);
    }
    return block;
}

void wait(const KafkaTransport& transport, SteadyTime now, SteadyTime next) {
    TransportWait wait;
    transport.prepare_wait(wait);
    const SteadyTime until = std::min(wait.deadline.value_or(next), next);
    const auto patience = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    static_cast<void>(::poll(
        wait.descriptors.data(),
        wait.descriptors.size(),
        static_cast<int>(std::clamp<std::int64_t>(patience.count(), 0, 1000))
    ));
}

// Like a sink: what is due and finds room is sent, the rest waits.
Outcome run(KafkaTransport& transport, const Plan& plan) {
    Outcome outcome;
    const SteadyTime begin = std::chrono::steady_clock::now();
    SteadyTime end = SteadyTime::max();
    while (!transport.is_idle()) {
        const SteadyTime now = std::chrono::steady_clock::now();
        const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - begin);
        const std::uint64_t due =
            std::min(plan.count, plan.rate * static_cast<std::uint64_t>(elapsed.count()) / 1000);
        while (outcome.sent < due && transport.has_room()) {
            const std::uint64_t count = std::min<std::uint64_t>(kBlockMessages, due - outcome.sent);
            transport.send(block_of(outcome.sent, count));
            outcome.sent += count;
        }
        if (outcome.sent == plan.count && end == SteadyTime::max()) {
            transport.close();
            end = now + kPatience;
        }
        std::vector<Delivery> done;
        transport.turn(now, done);
        for (const Delivery& delivery : done) {
            outcome.acknowledged += delivery.acknowledged;
            outcome.dropped += delivery.dropped.total();
        }
        if (now > end) {
            break;
        }
        wait(transport, now, now + std::chrono::milliseconds(10));
    }
    return outcome;
}

KafkaOptions options_of(int argc, char** argv) {
    KafkaOptions options;
    options.brokers = {argv[1]};
    options.topic = argv[2];
    options.sensor = "test";
    options.tell = [](const std::string& text) {
        static_cast<void>(std::fprintf(stderr, "%s\n", text.c_str()));
    };
    for (int i = 5; i < argc; ++i) {
        const std::string property = argv[i];
        const std::size_t equals = property.find('=');
        options.properties[property.substr(0, equals)] = property.substr(equals + 1);
    }
    return options;
}

}  // namespace
}  // namespace flowgauge

int main(int argc, char** argv) {
    using namespace flowgauge;
    if (argc < 5) {
        static_cast<void>(std::fputs(
            "usage: produce BROKER TOPIC COUNT MESSAGES_PER_SECOND [PROPERTY=VALUE ...]\n", stderr
        ));
        return 2;
    }
    Result<std::unique_ptr<KafkaTransport>> opened = KafkaTransport::open(options_of(argc, argv));
    if (!opened) {
        static_cast<void>(std::fprintf(stderr, "%s\n", opened.error().message.c_str()));
        return 2;
    }
    const std::unique_ptr<KafkaTransport> transport = std::move(opened).value();
    const Outcome outcome = run(
        *transport,
        {.count = std::strtoull(argv[3], nullptr, 10), .rate = std::strtoull(argv[4], nullptr, 10)}
    );
    std::printf(
        "sent %llu acknowledged %llu dropped %llu repeated %llu producers %llu\n",
        static_cast<unsigned long long>(outcome.sent),
        static_cast<unsigned long long>(outcome.acknowledged),
        static_cast<unsigned long long>(outcome.dropped),
        static_cast<unsigned long long>(transport->numbers().records_repeated),
        static_cast<unsigned long long>(transport->numbers().producer.producers)
    );
    return outcome.acknowledged + outcome.dropped == outcome.sent ? 0 : 1;
}
