#include "cradle/report/escape.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::report {
namespace {

TEST(Escape, TextOfAnyKindIsNoMarkupInHtml) {
  EXPECT_EQ(html_text("<img src=x onerror=\"a('b')\"> & more"),
            "&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt; &amp; more");
  EXPECT_EQ(html_text("µg CO₂e – déjà"), "µg CO₂e – déjà");
}

TEST(Escape, NoStringEndsTheDataBlockAndTheValueStaysTheSame) {
  base::Json json;
  json["name"] = "</script><script>alert(1)</script><!-- <script>";
  json["number"] = 0.1;
  const std::string block = script_json(json);
  EXPECT_EQ(block.find('<'), std::string::npos);
  EXPECT_EQ(base::parse_json(block, "block"), json);
}

TEST(Escape, AMarkdownCellStaysOneCell) {
  EXPECT_EQ(markdown_cell("a|b\nc\\d <b> & e"), "a\\|b c\\\\d &lt;b> &amp; e");
}

}  // namespace
}  // namespace cradle::report
