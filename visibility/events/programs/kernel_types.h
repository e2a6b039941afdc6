// What our BPF programs read of the kernel's types. Only the fields that are named: the loader
// moves each access to where the running kernel has the field (CO-RE).
#pragma once

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
    unsigned int inum;
};

struct net {
    struct ns_common ns;
};

typedef struct {
    struct net* net;
} possible_net_t;

struct in6_addr {
    __u8 in6_u[16];
};

struct sock_common {
    __be32 skc_daddr;
    __be32 skc_rcv_saddr;
    __be16 skc_dport;
    __u16 skc_num;
    unsigned short skc_family;
    unsigned char skc_state;
    unsigned char skc_ipv6only : 1;
    possible_net_t skc_net;
    struct in6_addr skc_v6_daddr;
    struct in6_addr skc_v6_rcv_saddr;
};

typedef struct {
    __u32 val;
} kuid_t;

struct kernfs_node {
    __u64 id;
};

struct cgroup {
    struct kernfs_node* kn;
};

struct sock_cgroup_data {
    struct cgroup* cgroup;
};

struct sock {
    struct sock_common __sk_common;
    kuid_t sk_uid;
    __u16 sk_protocol;
    struct sock_cgroup_data sk_cgrp_data;
};

struct inet_sock {
    __be16 inet_sport;
};

struct socket {
    struct sock* sk;
};

struct inode {
    unsigned long i_ino;
};

struct file {
    struct inode* f_inode;
};

struct css_set {
    struct cgroup* dfl_cgrp;
};

struct cred {
    kuid_t uid;
};

struct mm_struct {
    unsigned long arg_start;
};

struct linux_binprm {
    const char* interp;
};

struct task_struct {
    int pid;
    int tgid;
    unsigned int in_execve : 1;
    struct task_struct* group_leader;
    struct mm_struct* mm;
    __u64 start_boottime;
    const struct cred* cred;
    struct css_set* cgroups;
    char comm[16];
};

struct seq_file;

struct bpf_iter_meta {
    struct seq_file* seq;
};

struct bpf_iter__task_file {
    struct bpf_iter_meta* meta;
    struct task_struct* task;
    __u32 fd;
    struct file* file;
};

#pragma clang attribute pop
