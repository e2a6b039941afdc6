#include "export/ipfix/message_writer.h"

namespace flowgauge {

bool IpfixMessageWriter::has_room(const std::string& out, std::uint16_t set, std::size_t bytes)
    const noexcept {
    if (!open_) {
        return bytes <= record_bytes_max();
    }
    const std::size_t used = out.size() - message_begin_;
    const std::size_t header = set == set_ ? 0 : kIpfixSetHeaderBytes;
    return used + header + bytes <= message_size_;
}

void IpfixMessageWriter::put(
    std::string& out, std::uint16_t set, std::span<const std::uint8_t> record
) {
    put(out, set, {reinterpret_cast<const char*>(record.data()), record.size()});
}

void IpfixMessageWriter::put(std::string& out, std::uint16_t set, std::string_view record) {
    if (!open_) {
        open_ = true;
        message_begin_ = out.size();
        data_records_ = 0;
        append_wire<8>(out, std::uint64_t{kIpfixVersion} << 48);
        append_wire<8>(out, observation_domain_);
    }
    if (set != set_) {
        end_set(out);
        set_ = set;
        set_begin_ = out.size();
        append_wire<4>(out, std::uint32_t{set} << 16);
    }
    out.append(record);
    data_records_ += set > kOptionsTemplateSet ? 1U : 0U;
}

void IpfixMessageWriter::end_set(std::string& out) noexcept {
    if (set_ != 0) {
        store_wire<2>(out.data() + set_begin_ + 2, out.size() - set_begin_);
        set_ = 0;
    }
}

void IpfixMessageWriter::end_message(std::string& out) noexcept {
    if (!open_) {
        return;
    }
    end_set(out);
    char* const header = out.data() + message_begin_;
    store_wire<2>(header + kLengthPlace, out.size() - message_begin_);
    store_wire<4>(header + kSequencePlace, data_records_);
    open_ = false;
}

}  // namespace flowgauge
