// IpfixDecoder: a strict reader of IPFIX messages, written from RFC 7011 and apart from the encoder
// that it judges.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge::test {

struct DecodedField {
    std::uint32_t enterprise = 0;
    std::uint16_t id = 0;
    std::uint16_t length = 0;  // of the template; 65535 for variable length
    std::string bytes;         // of the value

    // "29305:1"; the enterprise is left out where it is IANA's.
    [[nodiscard]] std::string key() const;
    [[nodiscard]] std::uint64_t number() const;
};

struct DecodedTemplate {
    std::vector<DecodedField> fields;  // without values
    std::uint16_t scopes = 0;          // 0: of data records
};

struct DecodedRecord {
    std::uint16_t template_id = 0;
    bool is_options = false;
    std::vector<DecodedField> fields;

    // The value of the field with this key; null without one.
    [[nodiscard]] const DecodedField* find(std::string_view key) const;
};

struct DecodedHeader {
    std::uint32_t length = 0;
    std::uint32_t export_time = 0;
    std::uint32_t sequence = 0;
    std::uint32_t domain = 0;
    std::uint32_t data_records = 0;  // counted
};

// Remembers templates over messages, as a collector does in one session.
class IpfixDecoder {
public:
    // Reads whole messages. Returns what is wrong with them, "" if nothing. After an error the rest
    // is not read.
    [[nodiscard]] std::string decode(std::string_view messages);

    std::vector<DecodedHeader> headers;
    std::vector<DecodedRecord> records;
    std::map<std::uint16_t, DecodedTemplate> templates;

private:
    class Cursor;
    void message(Cursor& body, DecodedHeader& header);
    void templates_of(Cursor& set, bool options);
    void data(Cursor& set, std::uint16_t id, DecodedHeader& header);
};

// An element of a basicList, and the values in it (RFC 6313 section 4.5.1).
struct DecodedList {
    std::uint8_t semantic = 0;
    DecodedField element;
    std::vector<std::string> values;
};

// Returns a list with semantic 255 when `bytes` are none.
[[nodiscard]] DecodedList decode_list(std::string_view bytes);

}  // namespace flowgauge::test
