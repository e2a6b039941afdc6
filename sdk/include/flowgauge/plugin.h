/* flowgauge/plugin.h: what a native plugin is made of. C99 and C++; <flowgauge/plugin.hpp> makes it
 * short in C++. Guide: docs/PLUGINS.md.
 *
 * A plugin is a shared object that exports flowgauge_plugin_entry(). Life: configure() once for
 * each entry under `plugins:`, open() once for each worker, then for each flow on_init() with its
 * first packet, on_update() with each later one, on_expire() when it has ended, discard() when its
 * record was written; at the end cleanup() for each worker and release(). Flows of one worker are
 * seen by one thread; two workers never share a worker or flow state, but they do share the
 * instance.
 *
 * Functions run on the path of packets: they do not wait, and allocate as little as they can. One
 * that throws (C++), returns an error or does not return within the time budget disables the
 * plugin: that is counted and logged, its columns stay empty from there on, and flows go on. After
 * an exception or error discard(), cleanup() and release() are still called, unless it was one of
 * these; discard() only for flows whose on_init() came to its end. After the time budget no
 * function is called any more: the call was left wherever its code was, and what it held is lost.
 * Only a shared object's own code is left so; a call that waits in a library or the kernel holds up
 * its worker until it comes back. configure() and open() have no budget. */
#ifndef FLOWGAUGE_PLUGIN_H
#define FLOWGAUGE_PLUGIN_H

/* NOLINTBEGIN(modernize-*, readability-identifier-naming): C has no other way, and no namespaces */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Another number: the host refuses the plugin. Structures grow at their end only, and begin with
 * their size as the one who fills them in knows it: fields past it are not there. */
#define FLOWGAUGE_PLUGIN_ABI 1u

typedef enum flowgauge_type {
    FLOWGAUGE_UNSIGNED = 0, /* 64 bits */
    FLOWGAUGE_INTEGER = 1,  /* 64 bits */
    FLOWGAUGE_REAL = 2,     /* double */
    FLOWGAUGE_TEXT = 3,     /* UTF-8, at most 65,535 bytes */
    FLOWGAUGE_INTEGERS = 4, /* a list, at most 65,535 entries */
    FLOWGAUGE_TEXTS = 5     /* a list, at most 65,535 bytes in all */
} flowgauge_type;

typedef struct flowgauge_text {
    const char* data; /* not terminated by a zero */
    size_t size;
} flowgauge_text;

/* A column that the plugin adds: "udps." and `name` in records. */
typedef struct flowgauge_column {
    uint32_t size;       /* sizeof(flowgauge_column) */
    uint32_t type;       /* flowgauge_type */
    const char* name;    /* letters, digits, _ */
    const char* unit;    /* of the values, "" for none */
    const char* meaning; /* one line */
} flowgauge_column;

/* An argument from the configuration; numbers and true, false as they are written there, lists as
 * their members with commas between. */
typedef struct flowgauge_argument {
    const char* name;
    const char* value;
} flowgauge_argument;

/* A message for the operator, when a function fails. */
typedef struct flowgauge_error {
    uint32_t size; /* sizeof(flowgauge_error) */
    char message[256];
} flowgauge_error;

/* A packet as its flow sees it, as NFStream's NFPacket. Lasts as long as the call. Sizes in bytes;
 * header lengths decide, not what was captured. */
typedef struct flowgauge_packet {
    uint32_t size;
    uint8_t direction; /* 0 src2dst, 1 dst2src */
    uint8_t ip_version;
    uint8_t protocol;
    uint8_t tunnel_id;
    uint16_t vlan_id;
    uint16_t src_port; /* of the packet; 0 unless TCP or UDP with a whole header */
    uint16_t dst_port;
    uint8_t
        tcp_flags; /* byte 13 of the header (RFC 9293): FIN 1, SYN 2, RST 4, PSH 8, ACK 16 ... */
    uint8_t reserved;
    int64_t time;       /* since 1970 UTC, in the time unit of the run */
    int64_t delta_time; /* since the flow's packet before, 0 for the first */
    uint32_t raw_size;  /* frame on the wire */
    uint32_t ip_size;
    uint32_t transport_size; /* 0 unless TCP, UDP or ICMP, as the next */
    uint32_t payload_size;
    uint8_t src_ip[16]; /* network order; of IPv4 the first four bytes */
    uint8_t dst_ip[16];
    uint8_t src_mac[6]; /* of the flow's first packet, as NFStream has it */
    uint8_t dst_mac[6];
    uint32_t ip_packet_size; /* captured: from the IP header to the end of the frame */
    const uint8_t* ip_packet;
} flowgauge_packet;

/* The flow so far, this packet included. Lasts as long as the call. Arrays of two: src2dst,
 * dst2src. */
typedef struct flowgauge_flow {
    uint32_t size;
    uint8_t ip_version;
    uint8_t protocol;
    uint8_t tunnel_id;
    int8_t expiration_id; /* 0 idle, 1 active, -1 a plugin; of flows that live 0 */
    uint16_t vlan_id;
    uint16_t src_port;
    uint16_t dst_port;
    uint16_t reserved;
    uint8_t src_ip[16];
    uint8_t dst_ip[16];
    uint8_t src_mac[6];
    uint8_t dst_mac[6];
    uint32_t reserved2;
    int64_t first_seen[2]; /* 0 without packets in that direction */
    int64_t last_seen[2];
    uint64_t packets[2];
    uint64_t bytes[2]; /* by accounting_mode */
    void* host;        /* for the functions of flowgauge_host */
} flowgauge_flow;

/* What the host does for a plugin. `flow`: the one of the call. `column`: place in the plugin's
 * columns; setting a column again replaces its value, and one that is never set stays empty. */
typedef struct flowgauge_host {
    uint32_t abi_version;
    uint32_t size;
    uint32_t ticks_per_second; /* of times */
    uint32_t worker;

    void (*set_unsigned)(const flowgauge_flow* flow, size_t column, uint64_t value);
    void (*set_integer)(const flowgauge_flow* flow, size_t column, int64_t value);
    void (*set_real)(const flowgauge_flow* flow, size_t column, double value);
    void (*set_text)(const flowgauge_flow* flow, size_t column, flowgauge_text value);
    void (*set_integers
    )(const flowgauge_flow* flow, size_t column, const int64_t* values, size_t count);
    void (*set_texts
    )(const flowgauge_flow* flow, size_t column, const flowgauge_text* values, size_t count);
    void (*clear)(const flowgauge_flow* flow, size_t column);

    /* The place of a built-in or earlier column by its name, as `flowgauge fields` lists them, or
     * -1: there is none in this run. Call it in open(). */
    int (*find_column)(const struct flowgauge_host* host, const char* name);

    /* The column's value now. Return 1, or 0 where it has none of that type (an integer is read as
     * real, too; one past INT64_MAX as its bits; addresses are text). Text lasts as long as the
     * call that the plugin is in. */
    int (*read_integer)(const flowgauge_flow* flow, int column, int64_t* value);
    int (*read_real)(const flowgauge_flow* flow, int column, double* value);
    int (*read_text)(const flowgauge_flow* flow, int column, flowgauge_text* value);

    const void* state; /* the host's */
} flowgauge_host;

/* What on_init() and on_update() return. Any negative number is an error. */
#define FLOWGAUGE_GO_ON  0
#define FLOWGAUGE_EXPIRE 1 /* the flow ends with this packet (expiration_id -1) */
#define FLOWGAUGE_ERROR  (-1)

/* Functions that may be null are marked; they are not called then. Those that return int return 0,
 * or an error below 0 with a message where they take one. */
typedef struct flowgauge_plugin {
    uint32_t abi_version; /* FLOWGAUGE_PLUGIN_ABI */
    uint32_t size;        /* sizeof(flowgauge_plugin) */
    const char* name;
    const char* version;

    /* Checks the arguments; what it makes of them is the instance. */
    int (*configure
    )(const flowgauge_argument* arguments, size_t count, void** instance, flowgauge_error* error);

    /* The columns of an instance; they last as long as it. Returns how many. */
    size_t (*columns)(void* instance, const flowgauge_column** columns);

    /* Bytes of state for each flow, aligned to 8, zeros before on_init(). At most 65,536. */
    size_t (*flow_bytes)(void* instance);

    /* The state of a worker. The host outlives it. */
    int (*open)(void* instance, const flowgauge_host* host, void** worker, flowgauge_error* error);

    int (*on_init
    )(void* worker, void* state, const flowgauge_packet*, const flowgauge_flow*); /* null */
    int (*on_update
    )(void* worker, void* state, const flowgauge_packet*, const flowgauge_flow*); /* null */
    int (*on_expire)(void* worker, void* state, const flowgauge_flow*);           /* null */
    void (*discard)(void* worker, void* state); /* null; what the flow's state owns goes */
    void (*cleanup)(void* worker);              /* null */
    void (*release)(void* instance);            /* null */
} flowgauge_plugin;

/* The one symbol that a shared object exports. `host_abi`: FLOWGAUGE_PLUGIN_ABI of the host. May
 * return null: it does not want this host. */
typedef const flowgauge_plugin* (*flowgauge_plugin_entry_function)(uint32_t host_abi);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(modernize-*, readability-identifier-naming) */

#endif
