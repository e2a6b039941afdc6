// FormedJsonValue: a column's value as a schema wants it (JsonForm).
#pragma once

#include "core/record/column.h"
#include "export/text/json_names.h"
#include "export/text/row_memory.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace flowgauge {

// Writes the value and a comma behind it, or nothing where it is left out.
// Ownership: refers to both. Thread: one at a time.
class FormedJsonValue final : public ValueSink {
public:
    // `plain` writes to `out`, too, the value as it is.
    FormedJsonValue(RowMemory& out, ValueSink& plain, JsonForm form, TimeUnit unit) noexcept
        : out_(out),
          plain_(plain),
          form_(form),
          unit_(unit) {}

    void unsigned_integer(std::uint64_t value) override;
    void integer(std::int64_t value) override;
    void real(double value) override;
    void text(std::string_view value) override;
    void mac(const MacAddress& value, std::size_t bytes) override;
    void list(std::span<const std::int64_t> values) override { plain_.list(values); }
    void texts(std::span<const std::string_view> values) override { plain_.texts(values); }
    void absent() override {}

private:
    void put_quoted(std::string_view word);
    void put_quoted(std::uint64_t number);
    void put_time(Tick time);
    void put_lower_case(std::string_view text);
    void put_profiles();
    void put_fingerprint(std::string_view digest);

    RowMemory& out_;
    ValueSink& plain_;
    JsonForm form_;
    TimeUnit unit_;
};

}  // namespace flowgauge
