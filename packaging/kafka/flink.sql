-- Records of flowgauge as a stream of Flink SQL: the topic as a table with event time, and bytes of each
-- application in each minute as a first query. Columns that the sink does not write are NULL.
--
--     sql-client.sh -f flink.sql
--
-- Needs flink-sql-connector-kafka. Set brokers and topic below.

CREATE TABLE flows
(
    id BIGINT,
    expiration_id BIGINT,
    src_ip STRING,
    src_mac STRING,
    src_oui STRING,
    src_port BIGINT,
    dst_ip STRING,
    dst_mac STRING,
    dst_oui STRING,
    dst_port BIGINT,
    protocol BIGINT,
    ip_version BIGINT,
    vlan_id BIGINT,
    tunnel_id BIGINT,
    bidirectional_first_seen_ms BIGINT,
    bidirectional_last_seen_ms BIGINT,
    bidirectional_duration_ms BIGINT,
    bidirectional_packets BIGINT,
    bidirectional_bytes BIGINT,
    src2dst_first_seen_ms BIGINT,
    src2dst_last_seen_ms BIGINT,
    src2dst_duration_ms BIGINT,
    src2dst_packets BIGINT,
    src2dst_bytes BIGINT,
    dst2src_first_seen_ms BIGINT,
    dst2src_last_seen_ms BIGINT,
    dst2src_duration_ms BIGINT,
    dst2src_packets BIGINT,
    dst2src_bytes BIGINT,
    bidirectional_min_ps BIGINT,
    bidirectional_mean_ps DOUBLE,
    bidirectional_stddev_ps DOUBLE,
    bidirectional_max_ps BIGINT,
    src2dst_min_ps BIGINT,
    src2dst_mean_ps DOUBLE,
    src2dst_stddev_ps DOUBLE,
    src2dst_max_ps BIGINT,
    dst2src_min_ps BIGINT,
    dst2src_mean_ps DOUBLE,
    dst2src_stddev_ps DOUBLE,
    dst2src_max_ps BIGINT,
    bidirectional_min_piat_ms BIGINT,
    bidirectional_mean_piat_ms DOUBLE,
    bidirectional_stddev_piat_ms DOUBLE,
    bidirectional_max_piat_ms BIGINT,
    src2dst_min_piat_ms BIGINT,
    src2dst_mean_piat_ms DOUBLE,
    src2dst_stddev_piat_ms DOUBLE,
    src2dst_max_piat_ms BIGINT,
    dst2src_min_piat_ms BIGINT,
    dst2src_mean_piat_ms DOUBLE,
    dst2src_stddev_piat_ms DOUBLE,
    dst2src_max_piat_ms BIGINT,
    bidirectional_syn_packets BIGINT,
    bidirectional_cwr_packets BIGINT,
    bidirectional_ece_packets BIGINT,
    bidirectional_urg_packets BIGINT,
    bidirectional_ack_packets BIGINT,
    bidirectional_psh_packets BIGINT,
    bidirectional_rst_packets BIGINT,
    bidirectional_fin_packets BIGINT,
    src2dst_syn_packets BIGINT,
    src2dst_cwr_packets BIGINT,
    src2dst_ece_packets BIGINT,
    src2dst_urg_packets BIGINT,
    src2dst_ack_packets BIGINT,
    src2dst_psh_packets BIGINT,
    src2dst_rst_packets BIGINT,
    src2dst_fin_packets BIGINT,
    dst2src_syn_packets BIGINT,
    dst2src_cwr_packets BIGINT,
    dst2src_ece_packets BIGINT,
    dst2src_urg_packets BIGINT,
    dst2src_ack_packets BIGINT,
    dst2src_psh_packets BIGINT,
    dst2src_rst_packets BIGINT,
    dst2src_fin_packets BIGINT,
    splt_direction ARRAY<BIGINT>,
    splt_ps ARRAY<BIGINT>,
    splt_piat_ms ARRAY<BIGINT>,
    application_name STRING,
    application_category_name STRING,
    application_is_guessed BIGINT,
    application_confidence BIGINT,
    requested_server_name STRING,
    client_fingerprint STRING,
    server_fingerprint STRING,
    user_agent STRING,
    content_type STRING,
    system_process_pid BIGINT,
    system_process_name STRING,
    end_reason STRING,
    flow_uid DECIMAL(20, 0),
    alpn STRING,
    tls_version STRING,
    risks STRING,
    system_process_exe STRING,
    system_process_cmdline STRING,
    system_process_uid BIGINT,
    system_user STRING,
    system_cgroup STRING,
    system_container_id STRING,
    system_unit STRING,
    system_peer_process_pid BIGINT,
    system_peer_process_name STRING,
    system_match STRING,
    system_reason STRING,
    -- Flow identities need all 64 bits, which no BIGINT has. Records come in the order in which flows
    -- end; a minute is for sensors that do not keep up.
    event_time AS TO_TIMESTAMP_LTZ(bidirectional_last_seen_ms, 3),
    WATERMARK FOR event_time AS event_time - INTERVAL '1' MINUTE
)
WITH (
    'connector' = 'kafka',
    'topic' = 'flows',
    'properties.bootstrap.servers' = '127.0.0.1:9092',
    'properties.group.id' = 'flink',
    'scan.startup.mode' = 'group-offsets',
    'properties.auto.offset.reset' = 'earliest',
    'format' = 'json',
    'json.ignore-parse-errors' = 'false'
);

-- At least once: a flow that arrived twice counts once.
CREATE TEMPORARY VIEW distinct_flows AS
SELECT *
FROM (
    SELECT *,
        ROW_NUMBER() OVER (
            PARTITION BY flow_uid, bidirectional_first_seen_ms ORDER BY event_time ASC
        ) AS copy
    FROM flows
)
WHERE copy = 1;

SELECT window_start, application_name, SUM(bidirectional_bytes) AS bytes, COUNT(*) AS flows
FROM TABLE(TUMBLE(TABLE flows, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, application_name;
