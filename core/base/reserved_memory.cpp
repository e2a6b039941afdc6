#include "core/base/reserved_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

namespace flowgauge {
namespace {

constexpr std::size_t kUnit = ReservedMemory::kUnitBytes;

// More than this does not fit into a size once it is rounded up and a unit is added.
constexpr std::size_t kBytesMax = std::numeric_limits<std::size_t>::max() - 2 * kUnit;

std::size_t round_up(std::size_t value, std::size_t unit) noexcept {
    return (value + unit - 1) / unit * unit;
}

// Unmapping whole pages that are ours cannot fail but for a kernel without memory to split a
// mapping, which then stays: addresses, no memory.
void unmap(std::byte* begin, std::size_t bytes) noexcept {
    if (bytes != 0) {
        static_cast<void>(::munmap(begin, bytes));
    }
}

}  // namespace

ReservedMemory::ReservedMemory(std::size_t bytes, HugePages huge_pages) {
    if (bytes > kBytesMax) {
        throw std::bad_alloc();
    }
    bytes_ = std::max(round_up(bytes, kUnit), kUnit);
    // One unit more, so that an aligned range lies in it; what is too much goes back.
    const std::size_t mapped = bytes_ + kUnit;
    void* got = ::mmap(
        nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0
    );
    if (got == MAP_FAILED) {  // NOLINT: the macro is a cast
        throw std::bad_alloc();
    }
    auto* begin = static_cast<std::byte*>(got);
    const std::size_t misaligned = reinterpret_cast<std::uintptr_t>(begin) % kUnit;
    const std::size_t before = misaligned == 0 ? 0 : kUnit - misaligned;
    data_ = begin + before;
    unmap(begin, before);
    unmap(data_ + bytes_, mapped - before - bytes_);
    // A first unit of ordinary pages keeps small runs small; the rest may come in huge ones. A
    // kernel without them refuses, which does not matter.
    if (bytes_ > kUnit && huge_pages == HugePages::kWanted) {
        static_cast<void>(::madvise(data_ + kUnit, bytes_ - kUnit, MADV_HUGEPAGE));
    }
}

ReservedMemory::~ReservedMemory() {
    unmap(data_, bytes_);
}

ReservedMemory::ReservedMemory(ReservedMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

ReservedMemory& ReservedMemory::operator=(ReservedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

void ReservedMemory::give_back(std::size_t offset, std::size_t bytes) noexcept {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t begin = round_up(offset, page);
    const std::size_t end = std::min(offset + bytes, bytes_) / page * page;
    if (begin < end) {
        static_cast<void>(::madvise(data_ + begin, end - begin, MADV_DONTNEED));
    }
}

}  // namespace flowgauge
