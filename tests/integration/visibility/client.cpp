// Opens connections of a known lifetime, and says the truth of each in a file.
//
//     visibility_client once  OPTIONS                    one connection
//     visibility_client same  OPTIONS --count N [--threads N] [--gap-us N]
//     visibility_client exec  OPTIONS --count N [--threads N] [--gap-us N] --programs FOLDER
//     visibility_client ports OPTIONS --count N --bind FIRST-LAST
//     visibility_client talk  OPTIONS --count N          one UDP socket, never connected
//
// OPTIONS: --to END (several are taken in turn) --truth FILE --kind WORD [--lifetime-us N]
// [--protocol tcp|udp|udp_connected] [--end fin|reset|peer] [--must-connect 0]
//
// `exec` starts a program of FOLDER for each connection, by turns under its own name and under
// others. `ports` binds the same few ports again and again, as another process does meanwhile.
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ends.h"
#include "truth.h"
#include "words.h"

namespace flowgauge::visibility_test {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kPayloadBytes = 100;

enum class Ending { kFin, kReset, kPeer };

struct Plan {
    explicit Plan(const Words& words, const std::string& first_word)
        : truth(words.text("--truth")),
          kind(words.text("--kind", "client")),
          name(own_name(first_word)),
          lifetime(words.number("--lifetime-us", 0)),
          gap(words.number("--gap-us", 0)),
          protocol(words.text("--protocol", "tcp")),
          must_connect(words.number("--must-connect", 1) != 0) {
        for (const std::string& text : words.all("--to")) {
            const std::optional<End> end = parse_end(text);
            if (!end) {
                fail(text);
            }
            ends.push_back(*end);
        }
        const std::string ending_text = words.text("--end", "fin");
        ending = ending_text == "reset"  ? Ending::kReset
                 : ending_text == "peer" ? Ending::kPeer
                                         : Ending::kFin;
    }

    TruthFile truth;
    std::string kind;
    std::string name;
    std::vector<End> ends;
    microseconds lifetime;
    microseconds gap;
    std::string protocol;
    Ending ending = Ending::kFin;
    bool must_connect;
};

using Random = std::minstd_rand;

void pause(microseconds mean, Random& random) {
    if (mean.count() > 0) {
        std::uniform_int_distribution<std::int64_t> around(mean.count() / 2, mean.count() * 3 / 2);
        std::this_thread::sleep_for(microseconds(around(random)));
    }
}

void wait_for_answer(int descriptor) {
    pollfd watched{.fd = descriptor, .events = POLLIN, .revents = 0};
    constexpr int kAnswerMilliseconds = 2000;
    std::array<char, 2048> room{};
    if (poll(&watched, 1, kAnswerMilliseconds) == 1) {
        (void)recv(descriptor, room.data(), room.size(), 0);
    }
}

bool speak(const Plan& plan, int descriptor, const End& to) {
    const std::array<char, kPayloadBytes> payload{};
    if (plan.protocol == "udp") {
        if (sendto(descriptor, payload.data(), payload.size(), 0, to.raw(), to.length) < 0) {
            return false;
        }
        wait_for_answer(descriptor);
        return true;
    }
    if (connect(descriptor, to.raw(), to.length) != 0) {
        return false;
    }
    (void)send(descriptor, payload.data(), payload.size(), MSG_NOSIGNAL);
    if (plan.protocol == "udp_connected") {
        wait_for_answer(descriptor);
    }
    return true;
}

// A socket for an exchange with `to`; none if the port is another's now. Port 0: the kernel's
// choice.
FileDescriptor made_for(const Plan& plan, const End& to, std::uint16_t from_port) {
    const int type = plan.protocol == "tcp" ? SOCK_STREAM : SOCK_DGRAM;
    FileDescriptor made(socket(to.address.ss_family, type | SOCK_CLOEXEC, 0));
    if (!made) {
        fail("socket");
    }
    if (plan.ending == Ending::kReset) {
        reset_at_close(made.get());
    }
    if (from_port != 0) {
        End from{.address = {}, .length = to.length};
        from.address.ss_family = to.address.ss_family;
        from.set_port(from_port);
        set_option(made.get(), SOL_SOCKET, SO_REUSEADDR, 1);
        if (bind(made.get(), from.raw(), from.length) != 0) {
            return {};
        }
    }
    return made;
}

// Whether there was one.
bool exchange(const Plan& plan, const End& to, std::uint16_t from_port) {
    FileDescriptor made = made_for(plan, to, from_port);
    if (!made) {
        return false;
    }
    Truth truth{
        .kind = plan.kind,
        .lifetime_us = plan.lifetime.count(),
        .local_port = from_port,
        .remote_port = to.port(),
        .pid = getpid(),
        .name = plan.name,
        .start = now(),
        .begun = 0};
    if (!speak(plan, made.get(), to) && plan.must_connect) {
        return false;
    }
    truth.begun = now();
    if (from_port == 0) {
        truth.local_port = local_port(made.get());
    }
    if (plan.ending == Ending::kPeer) {
        wait_for_answer(made.get());
    }
    std::this_thread::sleep_for(plan.lifetime);
    made = FileDescriptor();
    plan.truth.append(truth);
    return true;
}

void once(const Plan& plan, std::uint16_t from_port) {
    if (!exchange(plan, plan.ends.front(), from_port)) {
        fail("no connection to port " + std::to_string(plan.ends.front().port()));
    }
}

// Calls one(number) `count` times over all threads, with gaps; threads have names of their own,
// which are not the process's.
template <typename One>
void in_threads(const Words& words, microseconds gap, One one) {
    const std::int64_t count = words.number("--count", 1);
    std::atomic<std::int64_t> next = 0;
    std::vector<std::jthread> threads;
    for (std::int64_t i = 0; i < words.number("--threads", 1); ++i) {
        threads.emplace_back([&, i] {
            const std::string name = "worker-" + std::to_string(i);
            static_cast<void>(prctl(PR_SET_NAME, name.c_str()));
            Random random(static_cast<unsigned>(getpid() + i));
            for (std::int64_t number = next++; number < count; number = next++) {
                pause(gap, random);
                one(number);
            }
        });
    }
}

void same(const Plan& plan, const Words& words) {
    in_threads(words, plan.gap, [&](std::int64_t number) {
        const std::size_t which = static_cast<std::size_t>(number) % plan.ends.size();
        if (!exchange(plan, plan.ends[which], 0)) {
            fail("no connection to port " + std::to_string(plan.ends[which].port()));
        }
    });
}

std::vector<std::string> programs_of(const std::string& folder) {
    std::vector<std::string> programs;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        programs.push_back(entry.path());
    }
    std::sort(programs.begin(), programs.end());
    return programs;
}

void spawn(
    const std::string& program, const std::string& first_word, std::vector<std::string> words
) {
    words.insert(words.begin(), {first_word, "once"});
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    pid_t child = 0;
    errno = posix_spawn(&child, program.c_str(), nullptr, nullptr, pointers.data(), environ);
    int status = 0;
    if (errno != 0 || waitpid(child, &status, 0) != child || status != 0) {
        fail(program);
    }
}

void exec(const Plan& plan, const Words& words) {
    const std::vector<std::string> programs = programs_of(words.text("--programs"));
    std::vector<std::string> passed;
    for (const char* name : {"--truth", "--kind", "--lifetime-us", "--protocol", "--end"}) {
        if (const std::string value = words.text(name); !value.empty()) {
            passed.insert(passed.end(), {name, value});
        }
    }
    const std::vector<std::string> ends = words.all("--to");
    in_threads(words, plan.gap, [&](std::int64_t number) {
        const auto index = static_cast<std::size_t>(number);
        const std::string& program = programs[index % programs.size()];
        const std::string file = program.substr(program.rfind('/') + 1);
        const std::array<std::string, 3> first_words{file, program, "decoy-" + file};
        std::vector<std::string> all = passed;
        all.insert(all.end(), {"--to", ends[index % ends.size()]});
        spawn(program, first_words.at(index / programs.size() % first_words.size()), all);
    });
}

// Two or more processes at once must do this, or no port is another's.
void ports(Plan& plan, const Words& words, std::uint16_t first, std::uint16_t last) {
    constexpr std::int64_t kNanosecondsMax = 240'000'000'000;
    const std::int64_t deadline = now() + kNanosecondsMax;
    Random random(static_cast<unsigned>(getpid()));
    std::uniform_int_distribution<std::uint16_t> any_port(first, last);
    std::uniform_int_distribution<std::size_t> any_end(0, plan.ends.size() - 1);
    std::uniform_int_distribution<std::int64_t> any_time(0, 2 * plan.lifetime.count());
    const Ending ending = plan.ending;
    for (std::int64_t left = words.number("--count", 1); left > 0;) {
        const End& to = plan.ends[any_end(random)];
        plan.lifetime = microseconds(any_time(random));
        plan.ending = ending == Ending::kPeer && left % 2 == 0 ? Ending::kReset : ending;
        if (exchange(plan, to, any_port(random))) {
            --left;
            pause(plan.gap, random);
        } else if (now() > deadline) {
            fail("the ports were never free");
        } else {
            sched_yield();
        }
    }
}

void talk(const Plan& plan, const Words& words) {
    const FileDescriptor made = made_for(plan, plan.ends.front(), 0);
    Random random(static_cast<unsigned>(getpid()));
    const std::int64_t start = now();
    std::int64_t begun = 0;
    for (std::int64_t left = words.number("--count", 1); left > 0; --left) {
        for (const End& to : plan.ends) {
            if (!speak(plan, made.get(), to)) {
                fail("sendto");
            }
        }
        begun = begun == 0 ? now() : begun;
        pause(plan.gap, random);
    }
    for (const End& to : plan.ends) {
        plan.truth.append(
            {.kind = plan.kind,
             .lifetime_us = (now() - start) / 1000,
             .local_port = local_port(made.get()),
             .remote_port = to.port(),
             .pid = getpid(),
             .name = plan.name,
             .start = start,
             .begun = begun}
        );
    }
}

int run(const Words& words, const std::string& first_word) {
    Plan plan(words, first_word);
    if (plan.ends.empty()) {
        fail("--to is missing");
    }
    const std::string range = words.text("--bind", "0-0");
    const auto first = static_cast<std::uint16_t>(std::stoi(range));
    const auto last = static_cast<std::uint16_t>(std::stoi(range.substr(range.find('-') + 1)));
    const std::string_view mode = words.mode();
    if (mode == "once") {
        once(plan, first);
    } else if (mode == "same") {
        same(plan, words);
    } else if (mode == "exec") {
        exec(plan, words);
    } else if (mode == "ports") {
        ports(plan, words, first, last);
    } else if (mode == "talk") {
        talk(plan, words);
    } else {
        return 2;
    }
    return 0;
}

}  // namespace
}  // namespace flowgauge::visibility_test

int main(int count, char** words) {
    using namespace flowgauge::visibility_test;
    const Words read(count, words);
    if (read.mode() != "once") {
        static_cast<void>(prctl(PR_SET_PDEATHSIG, SIGKILL));
    }
    return run(read, words[0]);
}
