#include "tests/support/parquet_reader.h"

#include "tests/support/decompression.h"

#include <cstring>
#include <map>
#include <utility>

namespace flowgauge::test {
namespace {

// Bytes that are read from front to back; what is not there reads as 0 and is remembered.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : rest_(bytes) {}

    std::string_view take(std::size_t count) {
        if (count > rest_.size()) {
            failed_ = true;
            count = rest_.size();
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    template <typename Number>
    Number number() {
        Number value{};
        const std::string_view bytes = take(sizeof value);
        std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }
    std::uint64_t variable() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = number<std::uint8_t>();
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if ((byte & 0x80U) == 0) {
                break;
            }
        }
        return value;
    }
    std::int64_t zigzag() {
        const std::uint64_t value = variable();
        return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
    }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

private:
    std::string_view rest_;
    bool failed_ = false;
};

// Any value of Thrift's compact protocol.
struct Thrift {
    std::int64_t number = 0;
    std::string text;
    std::vector<Thrift> elements;
    std::map<int, Thrift> fields;

    [[nodiscard]] const Thrift& operator[](int id) const {
        static const Thrift kNothing;
        const auto found = fields.find(id);
        return found == fields.end() ? kNothing : found->second;
    }
    [[nodiscard]] bool has(int id) const { return fields.contains(id); }
};

Thrift read_value(Bytes& bytes, unsigned type, int depth);

// NOLINTNEXTLINE(misc-no-recursion): values hold values; depth has a bound
Thrift read_struct(Bytes& bytes, int depth) {
    Thrift made;
    int id = 0;
    while (!bytes.failed()) {
        const auto head = bytes.number<std::uint8_t>();
        if (head == 0) {
            break;
        }
        id = (head >> 4U) != 0 ? id + static_cast<int>(head >> 4U)
                               : static_cast<int>(bytes.zigzag());
        made.fields[id] = read_value(bytes, head & 0x0fU, depth + 1);
    }
    return made;
}

// NOLINTNEXTLINE(misc-no-recursion): as above
Thrift read_value(Bytes& bytes, unsigned type, int depth) {
    Thrift made;
    if (depth > 16) {
        return made;
    }
    switch (type) {
    case 1:
    case 2:
        made.number = type == 1 ? 1 : 0;
        break;
    case 3:
        made.number = std::int64_t{bytes.number<std::uint8_t>()};  // none is negative
        break;
    case 4:
    case 5:
    case 6:
        made.number = bytes.zigzag();
        break;
    case 8:
        made.text = bytes.take(bytes.variable());
        break;
    case 9: {
        const auto head = bytes.number<std::uint8_t>();
        const std::uint64_t count = (head >> 4U) == 15 ? bytes.variable() : head >> 4U;
        for (std::uint64_t i = 0; i < count && !bytes.failed(); ++i) {
            made.elements.push_back(read_value(bytes, head & 0x0fU, depth + 1));
        }
        break;
    }
    default:
        made = read_struct(bytes, depth + 1);
    }
    return made;
}

// Levels of one or two bits: runs of packed bits, or of one value.
std::vector<unsigned> read_levels(Bytes& page, std::size_t count, unsigned width) {
    Bytes run(page.take(page.number<std::uint32_t>()));
    std::vector<unsigned> levels;
    while (levels.size() < count && !run.failed()) {
        const std::uint64_t header = run.variable();
        if ((header & 1U) == 0) {
            levels.insert(levels.end(), header >> 1U, run.number<std::uint8_t>());
            continue;
        }
        for (const char byte : run.take((header >> 1U) * width)) {
            for (unsigned bit = 0; bit < 8; bit += width) {
                const unsigned bits = static_cast<unsigned char>(byte);
                levels.push_back(bits >> bit & ((1U << width) - 1U));
            }
        }
    }
    levels.resize(count);
    return levels;
}

struct Leaf {
    std::string name;
    bool is_list = false;
    std::int64_t type = 0;
    bool is_unsigned = false;
    bool is_optional = false;
};

std::string read_text(Bytes& page) {
    return std::string(page.take(page.number<std::uint32_t>()));
}

template <typename Entry, typename Read>
void read_lists(
    Bytes& page, const Leaf& leaf, std::size_t count, std::vector<ParquetValue>& out, Read read
) {
    const std::vector<unsigned> repeats = read_levels(page, count, 1);
    const std::vector<unsigned> defined = read_levels(page, count, leaf.is_optional ? 2 : 1);
    const unsigned full = leaf.is_optional ? 2 : 1;
    for (std::size_t i = 0; i < count; ++i) {
        if (repeats[i] == 0 || out.empty()) {
            out.emplace_back(std::vector<Entry>());
            if (leaf.is_optional && defined[i] == 0) {
                out.back() = std::monostate();
            }
        }
        if (defined[i] == full) {
            std::get<std::vector<Entry>>(out.back()).push_back(read());
        }
    }
}

void read_values(Bytes& page, const Leaf& leaf, std::size_t count, std::vector<ParquetValue>& out) {
    if (leaf.is_list && leaf.type == 6) {
        read_lists<std::string>(page, leaf, count, out, [&] { return read_text(page); });
        return;
    }
    if (leaf.is_list) {
        read_lists<std::int64_t>(page, leaf, count, out, [&] {
            return page.number<std::int64_t>();
        });
        return;
    }
    const std::vector<unsigned> defined =
        leaf.is_optional ? read_levels(page, count, 1) : std::vector<unsigned>(count, 1);
    for (std::size_t i = 0; i < count && !page.failed(); ++i) {
        if (defined[i] == 0) {
            out.emplace_back(std::monostate());
        } else if (leaf.type == 6) {
            out.emplace_back(read_text(page));
        } else if (leaf.type == 5) {
            out.emplace_back(page.number<double>());
        } else if (leaf.is_unsigned) {
            out.emplace_back(page.number<std::uint64_t>());
        } else {
            out.emplace_back(page.number<std::int64_t>());
        }
    }
}

// Returns what is wrong with it.
std::string read_chunk(
    std::string_view file, const Thrift& meta, const Leaf& leaf, std::vector<ParquetValue>& out
) {
    const auto offset = static_cast<std::uint64_t>(meta[9].number);
    const auto stored = static_cast<std::uint64_t>(meta[7].number);
    if (offset > file.size() || stored > file.size() - offset) {
        return "a chunk lies outside of the file";
    }
    Bytes bytes(file.substr(offset, stored));
    const Thrift header = read_struct(bytes, 0);
    const auto plain_bytes = static_cast<std::size_t>(header[2].number);
    const auto header_bytes = stored - bytes.left();
    if (static_cast<std::uint64_t>(header[3].number) != bytes.left() ||
        static_cast<std::uint64_t>(meta[6].number) != header_bytes + plain_bytes ||
        header[5][1].number != meta[5].number) {
        return "page and chunk differ";
    }
    std::string plain(bytes.take(bytes.left()));
    if (meta[4].number != 0) {
        plain = decompressed(meta[4].number == 6 ? Compression::kZstd : Compression::kGzip, plain);
    }
    if (plain.size() != plain_bytes ||
        static_cast<std::uint64_t>(meta[5].number) > 8 * plain.size()) {
        return "a page has another size than it says";
    }
    Bytes page(plain);
    read_values(page, leaf, static_cast<std::size_t>(meta[5].number), out);
    return page.failed() || page.left() != 0 ? "a page has not the values that it says" : "";
}

std::vector<Leaf> leaves_of(const Thrift& schema) {
    std::vector<Leaf> leaves;
    for (std::size_t i = 1; i < schema.elements.size(); ++i) {
        const Thrift& element = schema.elements[i];
        Leaf leaf{.name = element[4].text};
        leaf.is_list = element.has(5);
        leaf.is_optional = element[3].number == 1;
        const bool whole_list = leaf.is_list && i + 2 < schema.elements.size();
        const Thrift& values = whole_list ? schema.elements[i + 2] : element;
        leaf.type = values[1].number;
        leaf.is_unsigned = values.has(10) && values[10][10].has(2) && values[10][10][2].number == 0;
        leaves.push_back(leaf);
        i += whole_list ? 2 : 0;
    }
    return leaves;
}

}  // namespace

ParquetTable read_parquet(std::string_view file) {
    ParquetTable table;
    constexpr std::size_t kEnds = 12;
    if (file.size() < kEnds || !file.starts_with("PAR1") || !file.ends_with("PAR1")) {
        table.problem = "no magic";
        return table;
    }
    const auto length = Bytes(file.substr(file.size() - 8)).number<std::uint32_t>();
    if (length > file.size() - kEnds) {
        table.problem = "no footer";
        return table;
    }
    Bytes footer(file.substr(file.size() - 8 - length, length));
    const Thrift meta = read_struct(footer, 0);
    const std::vector<Leaf> leaves = leaves_of(meta[2]);
    if (footer.failed() || footer.left() != 0) {
        table.problem = "the footer is damaged";
    }
    table.columns.resize(leaves.size());
    for (const Leaf& leaf : leaves) {
        table.names.push_back(leaf.name);
    }
    std::int64_t rows = 0;
    for (const Thrift& group : meta[4].elements) {
        ++table.row_groups;
        rows += group[3].number;
        for (std::size_t i = 0; i < leaves.size() && i < group[1].elements.size(); ++i) {
            const std::string problem =
                read_chunk(file, group[1].elements[i][3], leaves[i], table.columns[i]);
            table.problem = problem.empty() ? table.problem : problem;
        }
        for (const std::vector<ParquetValue>& column : table.columns) {
            if (column.size() != static_cast<std::size_t>(rows)) {
                table.problem = "columns have different numbers of rows";
            }
        }
    }
    if (rows != meta[3].number) {
        table.problem = "the number of rows is wrong";
    }
    return table;
}

}  // namespace flowgauge::test
