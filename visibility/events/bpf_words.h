// What BPF programs hand to the sensor. Read by C for the programs and by C++ alike.
#pragma once

#include <linux/types.h>

// What a BpfEvent says.
enum BpfEventKind {
    kBpfEventConnect = 1,
    kBpfEventListen = 2,
    kBpfEventSend = 3,
    kBpfEventFork = 4,
    kBpfEventExec = 5,
    kBpfEventRename = 6,
    kBpfEventExit = 7,
};

// The two ends of a socket; addresses are in network order, ports in that of the host.
struct BpfEnds {
    __u8 local[16];
    __u8 remote[16];
    __u16 local_port;
    __u16 remote_port;
    __u16 family;  // 2: addresses have 4 bytes
    __u8 protocol;
    __u8 state;
};

struct BpfEvent {
    __u64 time;  // CLOCK_MONOTONIC, ns
    __u64 cookie;
    __u64 cgroup_id;
    __u32 pid;
    __u32 parent;
    __u32 uid;
    __u32 name_space;
    struct BpfEnds ends;
    __u32 kind;
    char name[16];
};

enum {
    kBpfPathBytesMax = 256,  // with the zero at its end
};

// An exec. Its record ends behind the texts.
struct BpfExec {
    struct BpfEvent event;
    // The path of what runs, as exec was given it, and the first argument; each ends with a zero,
    // and is empty where it is not wanted or too long.
    char texts[2 * kBpfPathBytesMax];
};

// One descriptor of a socket.
struct BpfHeldSocket {
    __u64 cookie;
    __u64 inode;
    __u64 cgroup_id;         // of the process
    __u64 socket_cgroup_id;  // 0: the kernel keeps it elsewhere
    __u64 start_ns;          // of the process, since boot
    __u32 pid;
    __u32 uid;
    __u32 socket_uid;
    __u32 name_space;
    struct BpfEnds ends;
    __u32 v6_only;
    char name[16];
};
