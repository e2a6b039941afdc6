#include "web/page.h"

#include <gtest/gtest.h>

#include <openssl/evp.h>

#include <array>
#include <string>
#include <string_view>

namespace flowgauge {
namespace {

// What stands between <name> and </name>.
std::string_view element(std::string_view page, const std::string& name) {
    const std::size_t begin = page.find("<" + name + ">") + name.size() + 2;
    return page.substr(begin, page.find("</" + name + ">") - begin);
}

std::string base64_sha256(std::string_view text) {
    std::array<unsigned char, 32> hash{};
    EXPECT_EQ(
        ::EVP_Digest(text.data(), text.size(), hash.data(), nullptr, ::EVP_sha256(), nullptr), 1
    );
    std::array<unsigned char, 48> encoded{};
    const int size = ::EVP_EncodeBlock(encoded.data(), hash.data(), hash.size());
    return {encoded.begin(), encoded.begin() + size};
}

TEST(Page, IsWholeAndSmall) {
    EXPECT_TRUE(page_html().starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n"));
    EXPECT_TRUE(page_html().ends_with("</body>\n</html>\n"));
    EXPECT_LT(page_html().size(), 100'000U);
}

TEST(Page, LoadsNothingFromElsewhere) {
    std::string page(page_html());
    const std::string_view names_svg = "http://www.w3.org/2000/svg";  // a name, never loaded
    page.erase(page.find(names_svg), names_svg.size());
    for (const char* word : {"http:", "https:", "src=", "@import", "url("}) {
        EXPECT_EQ(page.find(word), std::string::npos) << word;
    }
}

TEST(Page, MakesNoMarkupOfText) {
    for (const char* word :
         {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"}) {
        EXPECT_EQ(page_html().find(word), std::string_view::npos) << word;
    }
}

TEST(PagePolicy, AllowsThePageAndNothingElse) {
    EXPECT_EQ(
        page_policy(),
        "default-src 'none'; script-src 'sha256-" + base64_sha256(element(page_html(), "script")) +
            "'; style-src 'sha256-" + base64_sha256(element(page_html(), "style")) +
            "'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
    );
}

}  // namespace
}  // namespace flowgauge
