// People's own tables of figures on the command line and in the settings.
#include "cradle/cli/packs.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cradle/base/text.h"
#include "cradle/cli/settings.h"

namespace cradle::cli {

void add_pack_option(CLI::App& command, std::vector<std::string>& packs) {
  for (const std::string& path : base::split(setting("pack"), ':'))
    if (!path.empty()) packs.push_back(path);
  command
      .add_option("--pack", packs, "Your own figures before the built-in ones: a CSV file or a folder; may be repeated")
      ->allow_extra_args(false);
}

catalog::Catalog catalog_with(const std::vector<std::string>& packs) {
  if (packs.empty()) return catalog::built_in();
  const std::vector<std::filesystem::path> paths(packs.begin(), packs.end());
  return catalog::with_packs(catalog::built_in(), paths);
}

}  // namespace cradle::cli
