#include "tests/unit/extension/models/model_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace flowgauge::test {

std::string packet_model(int most, std::string_view few) {
    return "flowgauge-model 1\n"
           "source a test\n"
           "inputs 2\n"
           "input bidirectional_packets\n"
           "input dst_port\n"
           "cast float32\n"
           "missing no\n"
           "infinite no\n"
           "compare <=\n"
           "classes text 2\n"
           "class " +
           std::string(few) +
           "\n"
           "class many\n"
           "values 2\n"
           "combine mean\n"
           "link none\n"
           "decide largest\n"
           "trees 1\n"
           "tree 3\n"
           "0 " +
           std::to_string(most) +
           ".5 R\n"
           "= 0.75 0.25\n"
           "= 0.125 0.875\n"
           "end\n";
}

std::string regression_model(std::string_view input) {
    return "flowgauge-model 1\n"
           "source a test\n"
           "inputs 1\n"
           "input " +
           std::string(input) +
           "\n"
           "cast float64\n"
           "missing no\n"
           "infinite no\n"
           "compare <=\n"
           "classes none\n"
           "values 1\n"
           "combine sum float64\n"
           "base first 0.5\n"
           "divide 1\n"
           "link none\n"
           "decide largest\n"
           "trees 1\n"
           "tree 0 5\n"
           "0 1.5 R\n"
           "= 0.0\n"
           "0 2.5 R\n"
           "= 3.5\n"
           "= 5.5\n"
           "end\n";
}

std::string changed(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace flowgauge::test
