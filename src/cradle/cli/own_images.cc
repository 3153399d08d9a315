// The options --data, --size, --channels.
#include "cradle/cli/own_images.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::cli {

namespace {

/// "64" or "48x64" (height first, as in shapes).
void read_size(const std::string& text, recipe::OwnImages& images) {
  const std::vector<std::string> parts = base::split(text, 'x');
  std::vector<int> sides;
  for (const std::string& part : parts) {
    int side = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), side);
    if (error == std::errc() && end == part.data() + part.size() && side > 0) sides.push_back(side);
  }
  if (sides.size() != parts.size() || sides.empty() || sides.size() > 2)
    base::fail_usage("--size: expected a side as 64, or height and width as 48x64, found '{}'", text);
  images.height = sides.front();
  images.width = sides.back();
}

}  // namespace

void add_own_images_options(CLI::App& command, recipe::OwnImages& images) {
  command.add_option("--data", images.folder, "Folder of one's own images (docs/FORMATS.md); else the built-in ones");
  command.add_option_function<std::string>(
      "--size", [&images](const std::string& text) { read_size(text, images); },
      "Side of those images, or HEIGHTxWIDTH; else as the model takes them, or 64");
  command.add_option("--channels", images.channels, "Else as the model takes them, or 1 if all are grey")
      ->check(CLI::IsMember({1, 3}));
}

}  // namespace cradle::cli
