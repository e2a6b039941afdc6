#include "tests/unit/visibility/processes/child.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace flowgauge::test {
namespace {

struct Pipe {
    FileDescriptor read_end;
    FileDescriptor write_end;
};

Pipe make_pipe() {
    std::array<int, 2> ends{-1, -1};
    static_cast<void>(!::pipe2(ends.data(), O_CLOEXEC));
    return {.read_end = FileDescriptor(ends[0]), .write_end = FileDescriptor(ends[1])};
}

}  // namespace

void Parent::tell(std::uint64_t value) const {
    static_cast<void>(!::write(out_.get(), &value, sizeof value));
}

void Parent::wait() const {
    char byte = 0;
    static_cast<void>(!::read(in_.get(), &byte, 1));
}

Child::Child(const std::function<int(const Parent&)>& body) {
    Pipe to = make_pipe();
    Pipe from = make_pipe();
    // NOLINTNEXTLINE(cppcoreguidelines-prefer-member-initializer): the pipes come first
    pid_ = ::fork();
    if (pid_ == 0) {
        to.write_end = FileDescriptor();
        from.read_end = FileDescriptor();
        const Parent parent(std::move(to.read_end), std::move(from.write_end));
        ::_exit(body(parent));
    }
    in_ = std::move(from.read_end);
    out_ = std::move(to.write_end);
}

Child::~Child() {
    end();
}

std::uint64_t Child::hear() const {
    std::uint64_t value = 0;
    return ::read(in_.get(), &value, sizeof value) == sizeof value ? value : 0;
}

void Child::go() const {
    static_cast<void>(!::write(out_.get(), "g", 1));
}

int Child::end() {
    in_ = FileDescriptor();
    out_ = FileDescriptor();
    if (pid_ <= 0) {
        return -1;
    }
    int status = 0;
    static_cast<void>(::waitpid(pid_, &status, 0));
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void Child::kill() {
    if (pid_ > 0) {
        static_cast<void>(::kill(pid_, SIGKILL));
    }
    end();
}

std::uint64_t inode_of(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

std::uint64_t inode_of_path(const char* path) {
    struct stat status {};
    return ::stat(path, &status) == 0 ? status.st_ino : 0;
}

FileDescriptor make_socket(std::uint64_t& inode) {
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
    inode = inode_of(socket.get());
    return socket;
}

}  // namespace flowgauge::test
