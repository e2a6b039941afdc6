// Child: a process of a test's own, which does as it is told.
#pragma once

#include "core/base/file_descriptor.h"

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace flowgauge::test {

// The child's end of two pipes to its parent.
class Parent {
public:
    Parent(FileDescriptor in, FileDescriptor out) : in_(std::move(in)), out_(std::move(out)) {}

    void tell(std::uint64_t value) const;

    // Blocks until the parent says go() or is gone.
    void wait() const;

private:
    FileDescriptor in_;
    FileDescriptor out_;
};

class Child {
public:
    // Forks; the child runs `body` and exits with what it returns.
    explicit Child(const std::function<int(const Parent&)>& body);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[nodiscard]] std::int32_t pid() const noexcept { return pid_; }

    // The next value that the child tells, 0 if it ended instead.
    // NOLINTNEXTLINE(modernize-use-nodiscard): often it is the moment that matters
    std::uint64_t hear() const;

    void go() const;

    // Closes the pipes and waits for the end. Returns the exit status, -1 if a signal ended it.
    int end();

    // SIGKILL, then end().
    void kill();

private:
    pid_t pid_ = -1;
    FileDescriptor in_;
    FileDescriptor out_;
};

// A new socket of TCP, its inode in `inode`.
[[nodiscard]] FileDescriptor make_socket(std::uint64_t& inode);
[[nodiscard]] std::uint64_t inode_of(int descriptor);
[[nodiscard]] std::uint64_t inode_of_path(const char* path);

}  // namespace flowgauge::test
