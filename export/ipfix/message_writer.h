// IpfixMessageWriter: puts records into sets and sets into messages (RFC 7011 section 3) behind
// each other in a string.
#pragma once

#include "export/ipfix/wire.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace flowgauge {

// The export time of what it writes is 0, and the place of the sequence number holds how many data
// records the message has: the session that sends it needs to know and puts the right numbers
// there (export/ipfix/ipfix_session.h).
class IpfixMessageWriter {
public:
    IpfixMessageWriter(std::uint32_t observation_domain, std::uint32_t message_size) noexcept
        : observation_domain_(observation_domain),
          message_size_(message_size) {}

    // The longest record that fits a message of its own.
    [[nodiscard]] std::size_t record_bytes_max() const noexcept {
        return message_size_ - kIpfixHeaderBytes - kIpfixSetHeaderBytes;
    }

    [[nodiscard]] bool is_open() const noexcept { return open_; }

    // Whether such a record can still be put into the open message, or opens one.
    [[nodiscard]] bool has_room(const std::string& out, std::uint16_t set, std::size_t bytes)
        const noexcept;

    // Requires: has_room(), and the same string until end_message().
    void put(std::string& out, std::uint16_t set, std::span<const std::uint8_t> record);
    void put(std::string& out, std::uint16_t set, std::string_view record);

    // What follows goes into a set of its own.
    void end_set(std::string& out) noexcept;

    void end_message(std::string& out) noexcept;

private:
    std::uint32_t observation_domain_;
    std::uint32_t message_size_;
    std::size_t message_begin_ = 0;
    std::size_t set_begin_ = 0;
    std::uint32_t data_records_ = 0;
    std::uint16_t set_ = 0;  // of the open set, 0 for none
    bool open_ = false;
};

}  // namespace flowgauge
