// Processes that hold a socket in an odd way, one connection each, until they are killed.
//
//     visibility_oddity thread_table  OPTIONS   a thread with a table of descriptors of its own
//     visibility_oddity exited_leader OPTIONS   the first thread has ended, another goes on
//     visibility_oddity fork_shared   OPTIONS   three children hold the parent's socket as well
//     visibility_oddity in_flight     OPTIONS   the descriptor waits in a message, in no table
//     visibility_oddity same_pid      OPTIONS --programs FOLDER   two programs, one after the
//     other,
//                                               with the same process id
//
// OPTIONS: --to END --truth FILE. Prints "ready" when it is as it says.
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#include "ends.h"
#include "truth.h"
#include "words.h"

namespace flowgauge::visibility_test {
namespace {

struct Task {
    std::string to;
    std::string truth;
    std::string kind;
    std::string name;
};

[[noreturn]] void ready() {
    static_cast<void>(std::puts("ready"));
    static_cast<void>(std::fflush(stdout));
    while (true) {
        pause();
    }
}

// A connection that stays open.
int connected(const Task& task) {
    const std::optional<End> to = parse_end(task.to);
    const int made = to ? socket(to->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    if (made < 0) {
        fail(task.to);
    }
    const std::int64_t start = now();
    if (connect(made, to->raw(), to->length) != 0 || send(made, "hello", 5, MSG_NOSIGNAL) != 5) {
        fail("connect");
    }
    TruthFile(task.truth)
        .append(
            {.kind = task.kind,
             .lifetime_us = 0,
             .local_port = local_port(made),
             .remote_port = to->port(),
             .pid = getpid(),
             .name = task.name,
             .start = start,
             .begun = now()}
        );
    return made;
}

[[noreturn]] void thread_table(const Task& task) {
    std::jthread thread([&] {
        if (unshare(CLONE_FILES) != 0) {
            fail("unshare(CLONE_FILES)");
        }
        connected(task);
        ready();
    });
    while (true) {
        pause();
    }
}

[[noreturn]] void exited_leader(Task task) {
    std::thread([task = std::move(task)] {
        connected(task);
        // Until the first thread is a zombie, which no call tells.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        ready();
    }).detach();
    syscall(SYS_exit, 0);  // of this thread alone; pthread_exit would unwind main
    __builtin_unreachable();
}

[[noreturn]] void fork_shared(const Task& task) {
    // Start times have a resolution of 10 ms: children must be seen to be younger.
    connected(task);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    constexpr int kChildren = 3;
    for (int i = 0; i < kChildren; ++i) {
        if (fork() == 0) {
            static_cast<void>(prctl(PR_SET_PDEATHSIG, SIGKILL));
            while (true) {
                pause();
            }
        }
    }
    ready();
}

[[noreturn]] void in_flight(const Task& task) {
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        fail("socketpair");
    }
    const int made = connected(task);
    char byte = 'x';
    iovec part{.iov_base = &byte, .iov_len = 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof made)> room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof made);
    std::memcpy(CMSG_DATA(header), &made, sizeof made);
    if (sendmsg(pair[0], &message, 0) != 1) {
        fail("sendmsg");
    }
    close(made);
    ready();
}

// A child with a process id that we choose. The same: the one of the last child, which has ended.
pid_t child_with(pid_t wanted) {
    std::array<pid_t, 1> ids{wanted};
    clone_args arguments{};
    arguments.exit_signal = SIGCHLD;
    if (wanted != 0) {
        arguments.set_tid = reinterpret_cast<std::uintptr_t>(ids.data());
        arguments.set_tid_size = ids.size();
    }
    return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

[[noreturn]] void same_pid(const Task& task, const Words& words) {
    const std::string folder = words.text("--programs");
    pid_t last = 0;
    for (const char* name : {"first-program", "second-program"}) {
        const pid_t child = child_with(last);
        if (child < 0) {
            fail("clone3");
        }
        if (child == 0) {
            const std::string program = folder + "/" + name;
            execl(
                program.c_str(),
                name,
                "once",
                "--to",
                task.to.c_str(),
                "--truth",
                task.truth.c_str(),
                "--kind",
                task.kind.c_str(),
                "--lifetime-us",
                words.text("--lifetime-us", "300000").c_str(),
                nullptr
            );
            _exit(1);
        }
        int status = 0;
        if (waitpid(child, &status, 0) != child || status != 0) {
            fail(name);
        }
        last = child;
    }
    ready();
}

}  // namespace
}  // namespace flowgauge::visibility_test

int main(int count, char** arguments) {
    using namespace flowgauge::visibility_test;
    static_cast<void>(prctl(PR_SET_PDEATHSIG, SIGKILL));
    const Words words(count, arguments);
    const std::string mode(words.mode());
    const Task task{words.text("--to"), words.text("--truth"), mode, own_name(arguments[0])};
    if (mode == "thread_table") {
        thread_table(task);
    }
    if (mode == "exited_leader") {
        exited_leader(task);
    }
    if (mode == "fork_shared") {
        fork_shared(task);
    }
    if (mode == "in_flight") {
        in_flight(task);
    }
    if (mode == "same_pid") {
        same_pid(task, words);
    }
    return 2;
}
