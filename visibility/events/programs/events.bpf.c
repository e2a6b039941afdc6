// What the kernel tells of sockets and processes, by typed tracepoints.
//
// SPDX-License-Identifier: LGPL-3.0-or-later OR GPL-2.0-only
#include "ends.h"

#include <linux/bpf.h>

#include <bpf/bpf_tracing.h>

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define STATE_SYN_SENT 2
#define STATE_LISTEN 10
#define STATE_CLOSE 7
#define NO_PACKET_NS 4000  // as in event_sequence.cpp
#define SENDER_AGAIN_NS 1000000000ULL

char licence_of_program[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4 << 20);
} events SEC(".maps");

// Connections that were asked for, by the socket's cookie: their port is known only when they are
// established or refused, in the context of whoever runs then.
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 65536);
    __type(key, __u64);
    __type(value, struct BpfEvent);
} connects SEC(".maps");

struct sender {
    __u64 told;  // when
    __u32 ports;
    __u32 pid;
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 65536);
    __type(key, __u64);
    __type(value, struct sender);
} senders SEC(".maps");

// The record of an exec is longer than a program's stack. One program at a time uses it: the kernel
// lets none in while another of the same tracepoint runs on the processor.
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct BpfExec);
} execs SEC(".maps");

__u64 lost = 0;

static __always_inline void fill_task(struct BpfEvent* event, struct task_struct* task) {
    event->time = bpf_ktime_get_ns();
    event->pid = task->tgid;
    bpf_probe_read_kernel(event->name, sizeof event->name, task->group_leader->comm);
}

// Who runs now; only where that is the process that acts.
static __always_inline void fill_current(struct BpfEvent* event) {
    fill_task(event, bpf_get_current_task_btf());
    event->uid = (__u32)bpf_get_current_uid_gid();
    event->cgroup_id = bpf_get_current_cgroup_id();
}

// Nobody is woken: the sensor looks when it wants to.
static __always_inline void tell_bytes(const void* event, __u64 bytes) {
    if (bpf_ringbuf_output(&events, (void*)event, bytes, BPF_RB_NO_WAKEUP) != 0) {
        __sync_fetch_and_add(&lost, 1);
    }
}

static __always_inline void tell(const struct BpfEvent* event) {
    tell_bytes(event, sizeof *event);
}

// Bytes of a text that was read, with its zero; 1, and the text empty, where it was not or is cut.
static __always_inline __u64 text_size(long read, char* text) {
    if (read < 1 || read >= kBpfPathBytesMax) {
        text[0] = 0;
        return 1;
    }
    return read;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_state, struct sock* sk, int old_state, int new_state) {
    if (sk->sk_protocol != PROTOCOL_TCP) {
        return 0;
    }
    if (old_state != STATE_SYN_SENT && new_state != STATE_SYN_SENT && new_state != STATE_LISTEN) {
        return 0;
    }
    __u64 cookie = bpf_get_socket_cookie(sk);
    struct BpfEvent event = {};
    if (new_state == STATE_SYN_SENT) {
        fill_current(&event);
        event.kind = kBpfEventConnect;
        bpf_map_update_elem(&connects, &cookie, &event, BPF_ANY);
        return 0;
    }
    if (old_state == STATE_SYN_SENT) {
        struct BpfEvent* asked = bpf_map_lookup_elem(&connects, &cookie);
        if (!asked) {
            return 0;
        }
        __builtin_memcpy(&event, asked, sizeof event);
        bpf_map_delete_elem(&connects, &cookie);
        if (new_state == STATE_CLOSE && bpf_ktime_get_ns() - event.time < NO_PACKET_NS) {
            return 0;
        }
    } else {
        fill_current(&event);
        event.kind = kBpfEventListen;
    }
    fill_ends(&event.ends, sk);
    if (event.kind == kBpfEventConnect) {
        // The other place of the port is 0 again when a connection was refused.
        event.ends.local_port = bpf_ntohs(BPF_CORE_READ((struct inet_sock*)sk, inet_sport));
    }
    event.cookie = cookie;
    event.name_space = sk->__sk_common.skc_net.net->ns.inum;
    tell(&event);
    return 0;
}

// A steady sender is told once a second, and at once when it is another process or has other ports.
SEC("tp_btf/sock_send_length")
int BPF_PROG(udp_send, struct sock* sk, int sent) {
    if (sk->sk_protocol != PROTOCOL_UDP || sent < 0) {
        return 0;
    }
    if (sk->__sk_common.skc_family != FAMILY_V4 && sk->__sk_common.skc_family != FAMILY_V6) {
        return 0;
    }
    __u64 cookie = bpf_get_socket_cookie(sk);
    struct sender now = {
        .told = bpf_ktime_get_ns(),
        .ports = (__u32)sk->__sk_common.skc_dport << 16 | sk->__sk_common.skc_num,
        .pid = bpf_get_current_pid_tgid() >> 32,
    };
    struct sender* before = bpf_map_lookup_elem(&senders, &cookie);
    if (before && before->ports == now.ports && before->pid == now.pid &&
        now.told - before->told < SENDER_AGAIN_NS) {
        return 0;
    }
    bpf_map_update_elem(&senders, &cookie, &now, BPF_ANY);
    struct BpfEvent event = {};
    fill_current(&event);
    fill_ends(&event.ends, sk);
    event.kind = kBpfEventSend;
    event.cookie = cookie;
    event.name_space = sk->__sk_common.skc_net.net->ns.inum;
    tell(&event);
    return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct* parent, struct task_struct* child) {
    if (child->tgid == parent->tgid) {
        return 0;
    }
    struct BpfEvent event = {};
    fill_task(&event, child);
    event.parent = parent->tgid;
    event.kind = kBpfEventFork;
    tell(&event);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct* task, int old_pid, struct linux_binprm* program) {
    __u32 only = 0;
    struct BpfExec* told = bpf_map_lookup_elem(&execs, &only);
    if (!told) {
        return 0;
    }
    __builtin_memset(&told->event, 0, sizeof told->event);
    fill_task(&told->event, task);
    told->event.kind = kBpfEventExec;
    // Of a script, what interprets it: that is what runs.
    __u64 path = text_size(
        bpf_probe_read_kernel_str(told->texts, kBpfPathBytesMax, program->interp), told->texts
    );
    char* argument = told->texts + path;
    __u64 size = 1;
    argument[0] = 0;
    if (told->event.name[sizeof told->event.name - 2] != 0) {
        const void* first = (const void*)task->mm->arg_start;
        size = text_size(bpf_probe_read_user_str(argument, kBpfPathBytesMax, first), argument);
    }
    tell_bytes(told, sizeof told->event + path + size);
    return 0;
}

// The kernel renames at every exec, too; that is told as one.
SEC("tp_btf/task_rename")
int BPF_PROG(process_rename, struct task_struct* task, const char* name) {
    if (task->pid != task->tgid) {
        return 0;
    }
    if (bpf_core_field_exists(task->in_execve) && BPF_CORE_READ_BITFIELD(task, in_execve)) {
        return 0;
    }
    struct BpfEvent event = {};
    fill_task(&event, task);
    bpf_probe_read_kernel_str(event.name, sizeof event.name, name);
    event.kind = kBpfEventRename;
    tell(&event);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct* task) {
    if (task->pid != task->tgid) {
        return 0;
    }
    struct BpfEvent event = {};
    fill_task(&event, task);
    event.kind = kBpfEventExit;
    tell(&event);
    return 0;
}
