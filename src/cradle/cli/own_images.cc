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

std::vector<double> numbers_in(const std::string& list, const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& word : base::split(list, ',')) {
    double number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size())
      base::fail_usage(
          "--normalise: expected imagenet, or means/deviations as 0.5/0.5 or 0.485,0.456,0.406/0.229,0.224,0.225, "
          "found '{}'",
          text);
    numbers.push_back(number);
  }
  return numbers;
}

/// Means and deviations of ImageNet's pixels, as torchvision's models take them (its documentation, version 0.14).
constexpr const char* kImageNet = "0.485,0.456,0.406/0.229,0.224,0.225";

void read_normalisation(const std::string& text, recipe::OwnImages& images) {
  const std::string both = text == "imagenet" ? kImageNet : text;
  const std::size_t bar = both.find('/');
  images.mean = numbers_in(both.substr(0, bar), text);
  images.deviation = numbers_in(bar == both.npos ? "" : both.substr(bar + 1), text);
  if (images.mean.size() != images.deviation.size())
    base::fail_usage("--normalise: {} means and {} deviations in '{}'; expected as many", images.mean.size(),
                     images.deviation.size(), text);
}

}  // namespace

void add_normalise_option(CLI::App& command, recipe::OwnImages& images) {
  command.add_option_function<std::string>(
      "--normalise", [&images](const std::string& text) { read_normalisation(text, images); },
      "What a model from elsewhere wants of pixels from 0 to 1: imagenet, or MEANS/DEVIATIONS (0.5/0.5)");
}

void add_own_images_options(CLI::App& command, recipe::OwnImages& images) {
  command.add_option("--data", images.folder, "Folder of one's own images (docs/FORMATS.md); else the built-in ones");
  command.add_option_function<std::string>(
      "--size", [&images](const std::string& text) { read_size(text, images); },
      "Side of those images, or HEIGHTxWIDTH; else as the model takes them, or 64");
  command.add_option("--channels", images.channels, "Else as the model takes them, or 1 if all are grey")
      ->check(CLI::IsMember({1, 3}));
}

}  // namespace cradle::cli
