// Prepares a run, waits for its end, and keeps the record.
#include "cradle/measure/run.h"
#include "cradle/measure/memory.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/measure/attendance.h"
#include "cradle/measure/error_pipe.h"
#include "cradle/measure/line.h"
#include "cradle/measure/marks_pipe.h"
#include "cradle/measure/marks_socket.h"
#include "cradle/measure/run_state.h"
#include "cradle/measure/signals.h"
#include "cradle/measure/standard_output.h"

namespace cradle::measure {
namespace {

void warn(const Options& options, const std::string& sentence) {
  if (options.warn)
    options.warn(sentence);
  else
    print_line("cradle: warning: " + sentence);
}

void check(const Command& command, const Options& options) {
  if (command.words.empty()) base::fail_usage("there is no command to run; put it after '--'");
  if (options.hz && !(*options.hz >= 0.001 && *options.hz <= 1000))
    base::fail_usage("{} readings per second are not possible; expected 0.001 to 1000", *options.hz);
  if (options.budget && options.budget->of == Budget::Of::kEmissions && !options.factor)
    base::fail_usage("a budget of '{}' needs a place for its CO2e: pass --place FR, or give the budget in kWh",
                     options.budget->text);
  if (options.stop && !options.budget) base::fail_usage("--stop needs a budget to stop at: --budget 1kWh --stop");
}

record::Begin begin_of(const Command& command, const Options& options, const sensor::MachineFacts& facts) {
  record::Begin begin;
  begin.id = record::new_run_id();
  begin.name = options.name.empty() ? std::filesystem::path(command.words[0]).filename().string() : options.name;
  begin.started = base::format_utc(base::unix_now());
  begin.command = command.words;
  begin.place = options.place;
  begin.machine = facts.record;
  begin.rule = options.scope == meter::Scope::kMachine ? "machine" : "mine+idle share";
  begin.factor = options.factor;
  return begin;
}

/// The command with the doors for its marks in its environment. What an outer cradle left there is replaced.
Command with_marks(const Command& command, const Options& options, const MarksPipe& pipe, const MarksSocket& socket) {
  Command marked = command;
  const bool by_socket = options.marks_by_socket && !socket.path().empty();
  if (options.marks_by_socket && !by_socket) warn(options, "marks go through the pipe: " + socket.why());
  marked.environment.emplace_back("CRADLE_MARKS", by_socket ? socket.path() : std::to_string(pipe.child_number()));
  marked.environment.emplace_back("CRADLE_MARKS_INODE", std::to_string(pipe.inode()));
  marked.environment.emplace_back("CRADLE_MARKS_SOCKET", socket.path());
  return marked;
}

Outlook outlook_of(const Options& options) {
  return {options.plan,
          options.budget,
          options.stop,
          options.factor,
          {options.tell, [&options](const std::string& sentence) { warn(options, sentence); }},
          options.forecaster ? options.forecaster : forecast::forecast};
}

}  // namespace

Finished run(const Command& command, const Options& options) {
  check(command, options);
  give_back_program_pages();  // what parsed the command line
  MarksPipe marks;            // first, so that the child's descriptor has the lowest number
  Signals signals;
  StandardOutput output(options.mark_on, marks);
  Forwarding forwarding;
  RunState state(options.scope, options.hz);
  const sensor::MachineFacts facts = sensor::machine_facts("/");
  record::Begin begin = begin_of(command, options, facts);
  MarksSocket socket(begin.id);
  state.know_helper(output.relay(), [&] { output.relay_reaped(); });
  state.know_helper(forwarding.witness().pid(), [&] { forwarding.witness().reaped(); });
  sensor::Site site = sensor::this_machine();
  site.wattmeter = options.wattmeter;
  site.all_gpus = options.scope == meter::Scope::kMachine;
  state.prepare(site, facts, options.inputs ? options.inputs(facts) : sensor::PowerModelInputs{}, std::move(begin),
                options.folder.value_or(""));

  Wiring wiring;
  wiring.cgroup_folder = state.cgroup_folder();
  wiring.cgroup_door = state.cgroup_door();
  wiring.marks = marks.child_end();
  wiring.marks_number = marks.child_number();
  ErrorPipe errors(options.standard_error);
  wiring.standard_output = output.child_end();
  wiring.standard_error = errors.write_end();
  const Command marked = with_marks(command, options, marks, socket);
  state.start();
  const Child child = start_child(marked, wiring, signals);
  output.started();
  errors.close_write_end();
  Finished finished;
  if (child.error != 0) {
    output.drain(signals);
    finished.not_started = std::strerror(child.error);
    state.abandon();
    finished.record = state.record();
    finished.record.exit_code = exit_code_of_failed_exec(child.error);
    return finished;
  }
  state.started(child.in_cgroup);
  Outlook outlook = outlook_of(options);
  Attendance attendance{state, signals, forwarding, marks, socket, output, errors, outlook, options.stop_patience_s};
  state.finish(exit_code_of(attendance.until_the_end_of(child.pid)));
  finished.record = state.record();
  if (options.folder) finished.file = state.keep(*options.folder);
  if (const std::string trouble = state.trouble(); !trouble.empty() && options.folder)
    warn(options, trouble + "; the run itself was not touched");
  return finished;
}

}  // namespace cradle::measure
