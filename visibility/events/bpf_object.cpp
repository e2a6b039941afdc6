#include "visibility/events/bpf_object.h"

#include "core/base/format.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <string_view>
#include <system_error>

namespace flowgauge {
namespace {

constexpr ino_t kPidsOfMachine = 0xEFFF'FFFC;  // PROC_PID_INIT_INO, include/linux/proc_ns.h

int say_nothing(libbpf_print_level /*level*/, const char* /*format*/, va_list /*values*/) {
    return 0;
}

[[nodiscard]] Error refused(std::string_view what, int error) {
    std::string_view remedy = "this kernel lacks something that it needs";
    if (error == EPERM || error == EACCES) {
        remedy = "it takes CAP_BPF and CAP_PERFMON, and a kernel that is not locked down";
    } else if (error == ENOMEM) {
        remedy = "raise LimitMEMLOCK= of the service";
    } else if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
        remedy = "it takes a kernel with type information, /sys/kernel/btf/vmlinux";
    }
    return {
        ErrorKind::kSystem,
        format("BPF program {}: {}; {}", what, std::generic_category().message(error), remedy)};
}

}  // namespace

void BpfObjectCloser::operator()(bpf_object* object) const noexcept {
    ::bpf_object__close(object);
}

void BpfLinkCloser::operator()(bpf_link* link) const noexcept {
    ::bpf_link__destroy(link);
}

Result<BpfObject> load_bpf(
    std::span<const std::uint8_t> elf, const std::vector<std::string>& programs
) {
    // What libbpf would print is pages of a verifier; what the operator needs is in the error.
    ::libbpf_set_print(say_nothing);
    BpfObject object(::bpf_object__open_mem(elf.data(), elf.size(), nullptr));
    if (object == nullptr) {
        return refused(format("{}", join(programs, ", ")), errno);
    }
    bpf_program* program = nullptr;
    while ((program = ::bpf_object__next_program(object.get(), program)) != nullptr) {
        const bool wanted =
            std::ranges::find(programs, ::bpf_program__name(program)) != programs.end();
        ::bpf_program__set_autoload(program, wanted);
    }
    if (const int error = ::bpf_object__load(object.get()); error != 0) {
        return refused(format("{}", join(programs, ", ")), -error);
    }
    return object;
}

Result<BpfLink> attach_bpf(bpf_object* object, const std::string& program) {
    bpf_program* found = ::bpf_object__find_program_by_name(object, program.c_str());
    BpfLink link(found != nullptr ? ::bpf_program__attach(found) : nullptr);
    if (link == nullptr) {
        return refused(program, errno);
    }
    return link;
}

Result<void> require_pids_of_machine() {
    struct stat status {};
    if (::stat("/proc/self/ns/pid", &status) == 0 && status.st_ino != kPidsOfMachine) {
        return Error{
            ErrorKind::kSystem,
            "BPF tells pids of the machine, but the sensor lives in a pid namespace of its own; "
            "run "
            "it in that of the machine"};
    }
    return {};
}

}  // namespace flowgauge
