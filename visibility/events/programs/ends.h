// fill_ends(): the two ends of a socket, as BPF reads them.
#pragma once

// libbpf's headers want the kernel's types to be there.
// clang-format off
#include "../bpf_words.h"
#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#define FAMILY_V4 2
#define FAMILY_V6 10

static __always_inline void fill_ends(struct BpfEnds* ends, struct sock* sk) {
    ends->family = sk->__sk_common.skc_family;
    ends->local_port = sk->__sk_common.skc_num;
    ends->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
    ends->protocol = (__u8)sk->sk_protocol;
    ends->state = sk->__sk_common.skc_state;
    if (ends->family == FAMILY_V4) {
        bpf_probe_read_kernel(ends->local, 4, &sk->__sk_common.skc_rcv_saddr);
        bpf_probe_read_kernel(ends->remote, 4, &sk->__sk_common.skc_daddr);
    } else {
        bpf_probe_read_kernel(ends->local, 16, &sk->__sk_common.skc_v6_rcv_saddr);
        bpf_probe_read_kernel(ends->remote, 16, &sk->__sk_common.skc_v6_daddr);
    }
}
