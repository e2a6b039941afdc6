/* A plugin in C99: a column of every type, state of each flow, arguments, other columns. */
#include <flowgauge/plugin.h>

#include <stdlib.h>
#include <string.h>

enum { kPackets, kLastSize, kMeanSize, kProtocol, kSizes, kEnds, kTwice, kColumns };

static const flowgauge_column columns[kColumns] = {
    {sizeof(flowgauge_column), FLOWGAUGE_UNSIGNED, "c_packets", "packets", "all packets"},
    {sizeof(flowgauge_column), FLOWGAUGE_INTEGER, "c_last", "bytes", "size of the last packet"},
    {sizeof(flowgauge_column), FLOWGAUGE_REAL, "c_mean", "bytes", "mean size"},
    {sizeof(flowgauge_column), FLOWGAUGE_TEXT, "c_protocol", "", "name of the protocol"},
    {sizeof(flowgauge_column), FLOWGAUGE_INTEGERS, "c_sizes", "bytes", "first two sizes"},
    {sizeof(flowgauge_column), FLOWGAUGE_TEXTS, "c_ends", "", "the ends"},
    {sizeof(flowgauge_column), FLOWGAUGE_REAL, "c_twice", "", "bidirectional_packets twice"},
};

typedef struct instance {
    uint64_t limit;
} instance;

typedef struct worker {
    const instance* settings;
    const flowgauge_host* host;
    int packets_column;
    int source_column;
} worker;

typedef struct state {
    uint64_t packets;
    int64_t sizes[2];
    double sum;
} state;

static int configure(
    const flowgauge_argument* arguments, size_t count, void** made, flowgauge_error* error
) {
    instance* settings = calloc(1, sizeof *settings);
    for (size_t i = 0; i < count; ++i) {
        if (strcmp(arguments[i].name, "limit") != 0) {
            strcpy(error->message, "the only argument is limit");
            free(settings);
            return FLOWGAUGE_ERROR;
        }
        settings->limit = strtoull(arguments[i].value, NULL, 10);
    }
    *made = settings;
    return 0;
}

static size_t all_columns(void* settings, const flowgauge_column** out) {
    (void)settings;
    *out = columns;
    return kColumns;
}

static size_t flow_bytes(void* settings) {
    (void)settings;
    return sizeof(state);
}

static int open_worker(
    void* settings, const flowgauge_host* host, void** made, flowgauge_error* error
) {
    (void)error;
    worker* own = calloc(1, sizeof *own);
    own->settings = settings;
    own->host = host;
    own->packets_column = host->find_column(host, "bidirectional_packets");
    own->source_column = host->find_column(host, "src_ip");
    if (host->find_column(host, "no_such_column") != -1) {
        return FLOWGAUGE_ERROR;
    }
    *made = own;
    return 0;
}

static int on_packet(
    void* own, void* memory, const flowgauge_packet* packet, const flowgauge_flow* flow
) {
    worker* ours = own;
    state* held = memory;
    const flowgauge_host* host = ours->host;
    if (held->packets < 2) {
        held->sizes[held->packets] = packet->raw_size;
    }
    ++held->packets;
    held->sum += packet->raw_size;
    host->set_integer(flow, kLastSize, packet->raw_size);
    return ours->settings->limit == held->packets ? FLOWGAUGE_EXPIRE : FLOWGAUGE_GO_ON;
}

static int on_expire(void* own, void* memory, const flowgauge_flow* flow) {
    worker* ours = own;
    state* held = memory;
    const flowgauge_host* host = ours->host;
    host->set_unsigned(flow, kPackets, flow->packets[0] + flow->packets[1]);
    host->set_real(flow, kMeanSize, held->sum / (double)held->packets);
    const flowgauge_text udp = {"UDP", 3};
    const flowgauge_text other = {"other", 5};
    host->set_text(flow, kProtocol, flow->protocol == 17 ? udp : other);
    host->set_integers(flow, kSizes, held->sizes, held->packets < 2 ? 1 : 2);
    flowgauge_text ends[2] = {{"first", 5}, {"", 0}};
    double packets = 0;
    if (host->read_text(flow, ours->source_column, &ends[1]) == 0 ||
        host->read_real(flow, ours->packets_column, &packets) == 0) {
        return FLOWGAUGE_ERROR;
    }
    host->set_texts(flow, kEnds, ends, 2);
    host->set_real(flow, kTwice, packets * 2);
    return 0;
}

static void cleanup(void* own) {
    free(own);
}

static void release(void* settings) {
    free(settings);
}

static const flowgauge_plugin plugin = {
    FLOWGAUGE_PLUGIN_ABI, sizeof(flowgauge_plugin), "sizes",   "1.2",     configure, all_columns,
    flow_bytes,           open_worker,              on_packet, on_packet, on_expire, NULL,
    cleanup,              release};

const flowgauge_plugin* flowgauge_plugin_entry(uint32_t host_abi) {
    (void)host_abi;
    return &plugin;
}
