#include "command/fields_command.h"

#include "core/record/column.h"
#include "tests/support/fake_part.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace flowgauge {
namespace {

std::string last_line(const std::string& text) {
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

TEST(FieldsCommand, ListsBuiltInColumns) {
    const std::string text = fields_text({}, {});
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), all_columns().size());
    EXPECT_EQ(text.find("udps."), std::string::npos);
}

TEST(FieldsCommand, ListsColumnsOfAnExtensionLast) {
    MeterOptions meter;
    meter.extension = test::fake_extension();
    EXPECT_EQ(
        last_line(fields_text({}, meter)),
        "udps.fake_words                   texts              optional              one of the "
        "words\n"
    );
    EXPECT_EQ(
        last_line(fields_text({.form = FieldsForm::kMarkdown}, meter)),
        "| udps.fake_words | texts |  | optional | yes | one of the words |\n"
    );
    const std::string xml = fields_text({.form = FieldsForm::kIpfix}, meter);
    EXPECT_NE(xml.find("<name>udps_fake_words</name>"), std::string::npos);
    EXPECT_EQ(
        fields_text({.form = FieldsForm::kProtobuf}, meter),
        fields_text({.form = FieldsForm::kProtobuf}, {})
    ) << "a map holds all of them";
}

}  // namespace
}  // namespace flowgauge
