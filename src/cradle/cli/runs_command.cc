// Lists, shows, recovers and merges what lies in the folder of runs.
#include "cradle/cli/runs_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/kept_runs.h"
#include "cradle/record/journal.h"
#include "cradle/record/merge.h"

namespace cradle::cli {
namespace {

namespace fs = std::filesystem;
using base::Json;

void complain(const base::Error& e) { fmt::print(stderr, "cradle: warning: {}\n", e.what()); }

std::string state_of(const fs::path& journal) {
  return record::is_being_written(journal) ? "running" : "broken off: cradle runs recover";
}

void list(bool as_json) {
  base::Table table({"id", "name", "time", "energy", "basis", "CO2e", "state"});
  Json json = Json::array();
  for (const fs::path& file : kept_files(".json")) {
    try {
      const record::RunRecord r = record::read_record(file);
      json.push_back(listed(r));
      table.row({r.id, r.name, base::format_seconds(r.duration_s), base::format_joules(r.billed.j.value),
                 record::basis_text(r),
                 r.emissions ? base::format_kilograms(r.emissions->co2e_g.value / 1000) + "CO2e" : "place unknown",
                 r.complete ? fmt::format("exit {}", r.exit_code) : "recovered"});
    } catch (const base::Error& e) {
      complain(e);
    }
  }
  for (const fs::path& file : kept_files(".journal")) {
    json.push_back(Json{{"id", file.stem().string()}, {"running", record::is_being_written(file)}});
    table.row({file.stem().string(), "", "", "", "", "", state_of(file)});
  }
  if (as_json)
    fmt::print("{}\n", base::dump_json(json));
  else if (json.empty())
    fmt::print("no runs yet; try: cradle run -- sleep 1\n");
  else
    fmt::print("{}", table.text());
}

void print_parts(const record::RunRecord& r) {
  base::Table parts({"part", "energy", "basis", "coverage", "sensor"});
  for (const record::PartEnergy& p : r.parts)
    parts.row({p.part, base::format_interval(p.j, "J"), std::string(record::name_of(p.basis)),
               fmt::format("{:.0f} %", 100 * p.coverage), p.sensor});
  parts.row({"total", base::format_interval(r.total, "J"), record::basis_text(r), "", ""});
  fmt::print("{}", parts.text("  "));
}

void print(const record::RunRecord& r) {
  fmt::print("{}  {}\n", r.id, r.name);
  fmt::print("command    {}\n", fmt::join(r.command, " "));
  fmt::print("started    {}, {}{}\n", r.started, base::format_seconds(r.duration_s),
             r.complete ? fmt::format(", exit {}", r.exit_code) : ", no end: recovered from its journal");
  fmt::print("machine    {}, {} CPUs, {:.1f} GB{}\n", r.machine.cpu, r.machine.logical_cpus, r.machine.memory_gb,
             r.machine.virtualised.empty() ? "" : ", " + r.machine.virtualised);
  fmt::print("billed     {} ({})\n", base::format_interval(r.billed.j, "J"), r.billed.rule);
  fmt::print("split      mine {}, others {}, idle {} ({})\n", base::format_joules(r.split.mine_j),
             base::format_joules(r.split.others_j), base::format_joules(r.split.idle_j), r.split.method);
  if (r.emissions)
    fmt::print("emissions  {} CO2e at {} kg/kWh, {}{} ({})\n", base::format_kilograms(r.emissions->co2e_g.value / 1000),
               base::format_number(r.emissions->factor_kg_per_kwh), r.emissions->factor_place,
               r.emissions->factor_year > 0 ? fmt::format(" {}", r.emissions->factor_year) : "",
               r.emissions->factor_source);
  fmt::print("meter      {} of CPU, {}, {}\n\n", base::format_seconds(r.self.cpu_s),
             base::format_bytes(r.self.rss_bytes), base::format_joules(r.self.j));
  print_parts(r);
  for (const record::Event& e : r.events)
    fmt::print("\n  at {}: {}{}{}: {}", base::format_seconds(e.t_s), e.kind, e.part.empty() ? "" : " of ", e.part,
               e.detail);
  for (const record::Mark& m : r.marks)
    fmt::print("\n  mark {} at {}, {}", m.name, base::format_seconds(m.t_s), base::format_joules(m.j));
  if (!r.events.empty() || !r.marks.empty()) fmt::print("\n");
}

/// Turns every journal whose writer is gone (or the one named) into a record.
void recover(const std::string& id, bool as_json, int& exit_code) {
  Json json = Json::array();
  int found = 0;
  for (const fs::path& file : kept_files(".journal")) {
    if (!file.stem().string().starts_with(id)) continue;
    if (record::is_being_written(file)) {
      if (!id.empty()) base::fail("run {} goes on; it will write its record itself", file.stem().string());
      continue;
    }
    ++found;
    try {
      const record::RunRecord r = record::recover(base::read_file(file), file.string());
      record::write_record(fs::path(file).replace_extension(".json"), r);
      fs::remove(file);
      json.push_back(listed(r));
      if (!as_json)
        fmt::print("{}  {}  {} in {}, to its last reading\n", r.id, r.name, base::format_joules(r.billed.j.value),
                   base::format_seconds(r.duration_s));
    } catch (const base::Error& e) {
      complain(e);
      exit_code = 1;
    }
  }
  if (found == 0 && !id.empty()) base::fail("there is no journal of a run '{}'; `cradle runs list` shows them", id);
  if (as_json)
    fmt::print("{}\n", base::dump_json(json));
  else if (found == 0)
    fmt::print("no run was broken off\n");
}

struct MergeRequest {
  std::vector<std::string> ids;
  std::string name, output, unknown_hosts;
  bool as_json = false;
};

/// Writes one record of several; it is kept among the runs unless a file is named.
void merge(const MergeRequest& request) {
  std::vector<record::RunRecord> runs;
  for (const std::string& id : request.ids) runs.push_back(kept_run(id));
  record::MergeOptions options{request.name, record::UnknownHosts::kRefuse};
  if (request.unknown_hosts == "different") options.unknown_hosts = record::UnknownHosts::kDifferent;
  if (request.unknown_hosts == "same") options.unknown_hosts = record::UnknownHosts::kSame;
  const record::RunRecord r = record::merge(runs, options);
  const fs::path file = request.output.empty() ? record::runs_folder() / (r.id + ".json") : fs::path(request.output);
  if (request.output.empty() && fs::exists(file))
    base::fail("these runs are merged already, as {}; `cradle runs show {}` shows it", r.id, r.id);
  record::write_record(file, r);
  if (request.as_json)
    fmt::print("{}\n", base::dump_json(record::to_json(r)));
  else
    fmt::print("{}", line_of(r));
}

void add_merge(CLI::App& runs) {
  CLI::App* command = runs.add_subcommand("merge", "One record of a job that ran as several: ranks, nodes");
  const auto request = std::make_shared<MergeRequest>();
  command->add_option("runs", request->ids, "Ids of runs, their beginnings, or files of records")->required();
  command->add_option("-o,--output", request->output, "File to write (default: kept among the runs)");
  command->add_option("--name", request->name, "Name of the merged run");
  command
      ->add_option("--unknown-hosts", request->unknown_hosts,
                   "Records without a host id: different (their parts add) or same (shared parts count once)")
      ->check(CLI::IsMember({"different", "same"}));
  command->add_flag("--json", request->as_json, "Print the record as JSON");
  command->footer(
      "Example: cradle runs merge node0.json node1.json --name \"training on two nodes\"\n"
      "A part that several ranks of a host measured counts once; their own shares add.");
  command->callback([request] { merge(*request); });
}

}  // namespace

void add_runs_command(CLI::App& app, int& exit_code) {
  CLI::App* runs = app.add_subcommand("runs", "The records of runs: list, show, recover, merge");
  runs->require_subcommand(0, 1);
  const auto as_json = std::make_shared<bool>(false);
  const auto id = std::make_shared<std::string>();
  CLI::App* list_runs = runs->add_subcommand("list", "All runs, oldest first");
  CLI::App* show = runs->add_subcommand("show", "One run with parts, events and marks");
  CLI::App* recover_runs = runs->add_subcommand("recover", "Make records of runs whose cradle was killed");
  add_merge(*runs);
  show->add_option("id", *id, "Id of the run, or its beginning")->required();
  recover_runs->add_option("id", *id, "Only this run");
  for (CLI::App* command : {runs, list_runs, show, recover_runs}) command->add_flag("--json", *as_json, "Print JSON");
  list_runs->callback([as_json] { list(*as_json); });
  show->callback([id, as_json] {
    const record::RunRecord r = kept_run(*id);
    if (*as_json)
      fmt::print("{}\n", base::dump_json(record::to_json(r)));
    else
      print(r);
  });
  recover_runs->callback([id, as_json, &exit_code] { recover(*id, *as_json, exit_code); });
  runs->callback([runs, as_json] {
    if (runs->get_subcommands().empty()) list(*as_json);
  });
}

}  // namespace cradle::cli
