// Every descriptor of a socket that a process has, in one pass.
//
// SPDX-License-Identifier: LGPL-3.0-or-later OR GPL-2.0-only
#include "ends.h"

#include <linux/bpf.h>

#include <bpf/bpf_tracing.h>

char licence_of_program[] SEC("license") = "GPL";

SEC("iter/task_file")
int holders(struct bpf_iter__task_file* context) {
    struct task_struct* task = context->task;
    struct file* file = context->file;
    if (!task || !file) {
        return 0;
    }
    struct socket* socket = bpf_sock_from_file(file);
    if (!socket) {
        return 0;
    }
    struct sock* sk = socket->sk;
    if (!sk) {
        return 0;
    }
    __u16 family = sk->__sk_common.skc_family;
    if (family != FAMILY_V4 && family != FAMILY_V6) {
        return 0;
    }
    struct BpfHeldSocket held = {};
    fill_ends(&held.ends, sk);
    held.inode = file->f_inode->i_ino;
    held.socket_uid = sk->sk_uid.val;
    held.name_space = sk->__sk_common.skc_net.net->ns.inum;
    held.v6_only = BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_ipv6only);
    // Since Linux 5.15 the group is kept by name; before, its place is shared with other things.
    if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
        held.socket_cgroup_id = BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
    }
    held.cookie = bpf_get_socket_cookie(sk);
    struct task_struct* leader = task->group_leader;
    held.pid = task->tgid;
    held.uid = task->cred->uid.val;
    held.start_ns = leader->start_boottime;
    held.cgroup_id = task->cgroups->dfl_cgrp->kn->id;
    bpf_probe_read_kernel(held.name, sizeof held.name, leader->comm);
    bpf_seq_write(context->meta->seq, &held, sizeof held);
    return 0;
}
