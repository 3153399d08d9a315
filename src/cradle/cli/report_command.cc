// `cradle report RESULT`: a result in the form that a standard or another tool asks for.
#include "cradle/cli/report_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <memory>
#include <string>

#include "cradle/base/file.h"
#include "cradle/report/standards.h"

namespace cradle::cli {
namespace {

std::string forms_help() {
  std::string text = "Formats:\n";
  for (const report::Form& form : report::forms()) text += fmt::format("  {:<12} {}\n", form.name, form.title);
  return text;
}

/// The instant of the report, in UTC.
std::string now_text() { return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::time(nullptr))); }

void write_report(const std::string& file, const std::string& format, const std::string& output) {
  const report::Form& form = report::form(format);  // a wrong name before the file is read
  const std::string text = form.write(study::read_result(file), {"cradle " CRADLE_VERSION, now_text()});
  if (output.empty() || output == "-")
    fmt::print("{}", text);
  else
    base::write_file(output, text);
}

}  // namespace

void add_report_command(CLI::App& app) {
  struct Arguments {
    std::string result, format, output;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("report", "A result in the form of a standard or of another tool");
  command->add_option("RESULT", a->result, "result.json of cradle assess")->required();
  command->add_option("--format", a->format, "Which form (see below)")->required();
  command->add_option("-o,--output", a->output, "File to write (default: stdout)");
  command->footer(forms_help() +
                  "No form claims conformity; each says what is missing for it.\n"
                  "Examples:\n"
                  "  cradle report report/result.json --format iso14044 -o lca.md\n"
                  "  cradle report report/result.json --format sci");
  command->callback([a] { write_report(a->result, a->format, a->output); });
}

}  // namespace cradle::cli
