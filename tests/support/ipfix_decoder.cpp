#include "tests/support/ipfix_decoder.h"

#include <algorithm>
#include <utility>

namespace flowgauge::test {

// Bytes that are taken from the front; what is too short is remembered as an error, and so is the
// first thing that somebody found wrong.
class IpfixDecoder::Cursor {
public:
    Cursor(std::string_view bytes, std::string& error) : bytes_(bytes), error_(error) {}

    [[nodiscard]] bool ok() const { return error_.empty(); }
    [[nodiscard]] std::size_t left() const { return bytes_.size(); }
    void fail(const std::string& what) {
        if (error_.empty()) {
            error_ = what;
        }
    }
    std::string_view take(std::size_t count) {
        if (count > bytes_.size()) {
            fail("wants " + std::to_string(count) + " bytes, has " + std::to_string(bytes_.size()));
            return {};
        }
        const std::string_view taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }
    std::uint32_t number(std::size_t count) {
        std::uint32_t value = 0;
        for (const char byte : take(count)) {
            value = value << 8 | static_cast<unsigned char>(byte);
        }
        return value;
    }
    Cursor inner(std::size_t count) { return {take(count), error_}; }

private:
    std::string_view bytes_;
    std::string& error_;
};

namespace {

template <typename Cursor>
DecodedField field_specifier(Cursor& from) {
    DecodedField field;
    const std::uint32_t id = from.number(2);
    field.id = static_cast<std::uint16_t>(id & 0x7fff);
    field.length = static_cast<std::uint16_t>(from.number(2));
    if ((id & 0x8000) != 0) {
        field.enterprise = from.number(4);
        if (field.enterprise == 0) {
            from.fail("enterprise 0");
        }
    }
    return field;
}

template <typename Cursor>
std::size_t variable_length(Cursor& from) {
    const std::size_t length = from.number(1);
    if (length < 255) {
        return length;
    }
    const std::size_t longer = from.number(2);
    if (longer < 255) {
        from.fail("a short length in three bytes");
    }
    return longer;
}

bool same(const DecodedTemplate& a, const DecodedTemplate& b) {
    return a.scopes == b.scopes &&
           std::ranges::equal(a.fields, b.fields, [](const auto& x, const auto& y) {
               return x.id == y.id && x.enterprise == y.enterprise && x.length == y.length;
           });
}

}  // namespace

std::string DecodedField::key() const {
    return (enterprise == 0 ? "" : std::to_string(enterprise) + ":") + std::to_string(id);
}

std::uint64_t DecodedField::number() const {
    std::uint64_t value = 0;
    for (const char byte : bytes) {
        value = value << 8 | static_cast<unsigned char>(byte);
    }
    return value;
}

const DecodedField* DecodedRecord::find(std::string_view key) const {
    const auto found =
        std::ranges::find_if(fields, [&](const auto& field) { return field.key() == key; });
    return found == fields.end() ? nullptr : &*found;
}

std::string IpfixDecoder::decode(std::string_view messages) {
    std::string error;
    Cursor all(messages, error);
    while (all.ok() && all.left() > 0) {
        if (all.number(2) != 10) {
            all.fail("not version 10");
        }
        DecodedHeader header;
        header.length = all.number(2);
        if (header.length < 16) {
            all.fail("message of " + std::to_string(header.length) + " bytes");
            break;
        }
        Cursor body = all.inner(header.length - 4);
        header.export_time = body.number(4);
        header.sequence = body.number(4);
        header.domain = body.number(4);
        message(body, header);
        headers.push_back(header);
    }
    return error;
}

void IpfixDecoder::message(Cursor& body, DecodedHeader& header) {
    while (body.ok() && body.left() > 0) {
        const auto id = static_cast<std::uint16_t>(body.number(2));
        const std::uint32_t length = body.number(2);
        if (length <= 4) {
            body.fail("set of " + std::to_string(length) + " bytes");
            return;
        }
        Cursor set = body.inner(length - 4);
        if (id == 2 || id == 3) {
            templates_of(set, id == 3);
        } else if (id >= 256) {
            data(set, id, header);
        } else {
            body.fail("set " + std::to_string(id));
        }
    }
}

void IpfixDecoder::templates_of(Cursor& set, bool options) {
    std::size_t count = 0;
    while (set.ok() && set.left() > 0) {
        const auto id = static_cast<std::uint16_t>(set.number(2));
        const std::uint32_t fields = set.number(2);
        DecodedTemplate made;
        made.scopes = static_cast<std::uint16_t>(options ? set.number(2) : 0);
        for (std::uint32_t i = 0; i < fields && set.ok(); ++i) {
            made.fields.push_back(field_specifier(set));
        }
        if (id < 256 || fields == 0 || (options && (made.scopes == 0 || made.scopes > fields))) {
            set.fail("template " + std::to_string(id));
        }
        const auto [known, fresh] = templates.try_emplace(id, made);
        if (!fresh && !same(known->second, made)) {
            set.fail("another template " + std::to_string(id));
        }
        ++count;
    }
    if (options && count != 1) {
        set.fail("options templates in one set: " + std::to_string(count));
    }
}

void IpfixDecoder::data(Cursor& set, std::uint16_t id, DecodedHeader& header) {
    const auto known = templates.find(id);
    if (known == templates.end()) {
        set.fail("no template " + std::to_string(id));
        return;
    }
    while (set.ok() && set.left() > 0) {
        DecodedRecord record;
        record.template_id = id;
        record.is_options = known->second.scopes > 0;
        record.fields = known->second.fields;
        for (DecodedField& field : record.fields) {
            field.bytes = set.take(field.length == 65535 ? variable_length(set) : field.length);
        }
        records.push_back(std::move(record));
        ++header.data_records;
    }
}

DecodedList decode_list(std::string_view bytes) {
    const auto number = [&](std::size_t at, std::size_t count) {
        std::uint32_t value = 0;
        for (const char byte : bytes.substr(at, count)) {
            value = value << 8 | static_cast<unsigned char>(byte);
        }
        return value;
    };
    DecodedList list;
    list.semantic = 255;
    if (bytes.size() < 5) {
        return list;
    }
    const bool enterprise = (number(1, 2) & 0x8000) != 0;
    const std::size_t header = enterprise ? 9 : 5;
    list.element.id = static_cast<std::uint16_t>(number(1, 2) & 0x7fff);
    list.element.length = static_cast<std::uint16_t>(number(3, 2));
    list.element.enterprise = enterprise ? number(5, 4) : 0;
    if (bytes.size() < header || list.element.length == 0) {
        return list;
    }
    constexpr std::uint16_t kVariable = 65535;
    for (std::size_t at = header; at < bytes.size();) {
        std::size_t length = list.element.length;
        if (length == kVariable) {
            length = number(at, 1);
            ++at;
            if (length == 255) {
                length = number(at, 2);
                at += 2;
            }
        }
        if (at + length > bytes.size()) {
            return list;
        }
        list.values.emplace_back(bytes.substr(at, length));
        at += length;
    }
    list.semantic = static_cast<std::uint8_t>(bytes[0]);
    return list;
}

}  // namespace flowgauge::test
