// ThriftWriter: structs in Thrift's compact protocol, as far as Parquet's metadata needs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// Source: thrift-compact-protocol.md of Apache Thrift. Fields of a struct come in rising order of
// their ids. Appends to a string that the caller owns.
class ThriftWriter {
public:
    explicit ThriftWriter(std::string& out) : out_(out) {}

    void integer(std::int16_t id, std::int32_t value);
    void integer(std::int16_t id, std::int64_t value);
    void byte(std::int16_t id, std::int8_t value);
    void boolean(std::int16_t id, bool value);
    void text(std::int16_t id, std::string_view value);

    // A field that is a struct, or the element of a list of structs; the outermost one has neither.
    void begin_struct(std::int16_t id);
    void begin_struct();
    void end_struct();

    // The elements follow: structs by begin_struct(), or the ones below.
    void begin_structs(std::int16_t id, std::uint32_t count);
    void integers(std::int16_t id, const std::vector<std::int32_t>& values);
    void texts(std::int16_t id, const std::vector<std::string_view>& values);

private:
    // Types of the compact protocol.
    enum class Type : std::uint8_t {
        kTrue = 1,
        kFalse = 2,
        kByte = 3,
        kInt32 = 5,
        kInt64 = 6,
        kText = 8,
        kList = 9,
        kStruct = 12,
    };

    void field(std::int16_t id, Type type);
    void list(std::int16_t id, Type type, std::uint64_t count);
    void variable(std::uint64_t value);
    void zigzag(std::int64_t value);
    void bytes(std::string_view value);

    std::string& out_;
    std::int16_t last_id_ = 0;
    std::vector<std::int16_t> outer_ids_;
};

}  // namespace flowgauge
