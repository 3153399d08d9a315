// The journal of a run that goes on: append-only lines from which its record can be rebuilt at any moment.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/record/mapped_end.h"
#include "cradle/record/run_record.h"

namespace cradle::record {

inline constexpr std::string_view kJournalSchema = "cradle.journal/1";

/// A part as it is known before its first reading.
struct PartStart {
  std::string part, kind;
  Basis basis = Basis::kModelled;
  std::string sensor;
};

/// The grid factor that turns billed joules into CO2e; kg per kWh, low and high P5 and P95.
struct GridFactor {
  std::string id, place, source;
  int year = 0;
  base::Interval kg_per_kwh;
};

/// The first line: all that is known when the run begins.
struct Begin {
  std::string id, name, started;
  std::vector<std::string> command;
  std::string place;
  Machine machine;
  std::vector<PartStart> parts;
  std::string rule;    ///< of Billed
  std::string method;  ///< of Split
  std::optional<GridFactor> factor;
};

/// Joules of one part since the run began, and for how long of it readings exist.
struct PartSample {
  base::Interval j;
  double covered_s = 0;
  std::optional<Basis> basis = std::nullopt;  ///< the weakest so far; absent: as it began
};

/// Everything counted since the run began (never since the line before: a lost line loses nothing but its instant).
struct Sample {
  double t_s = 0;
  std::vector<PartSample> parts;  ///< in the order of Begin
  Split split;
  base::Interval billed_j;
  double mine_cpu_s = 0;  ///< CPU time of the command
  double busy_cpu_s = 0;  ///< CPU time of the machine
  SelfCost self;
};

struct End {
  double t_s = 0;
  std::string finished;
  int exit_code = 0;
};

/// The state that lines add up to; record and recovery are both built from it.
struct Account {
  Begin begin;
  Sample last;
  std::vector<Event> events;
  std::vector<Mark> marks;
  std::vector<Forecast> forecasts;
  std::optional<End> end;
};

/// The record that an account stands for; `complete` is whether it has an end. Total = sum of parts: the errors of
/// parts are taken as wholly dependent, for which P5 and P95 add up exactly (the cautious choice).
RunRecord record_of(const Account& account);

/// Emissions of billed joules: value by product, interval by adding the two relative half-widths in quadrature
/// (the errors of a meter and of a grid factor have nothing in common).
Emissions emissions_of(const base::Interval& billed_j, const GridFactor& factor);

/// The account in a journal's text. Zeros behind it and a torn last line are left out; other lines that cannot be read
/// are counted in an event. Throws Error naming `where` if the first line is not a journal's beginning. Cost linear.
Account account_of(std::string_view journal, std::string_view where);
/// record_of(account_of(journal)).
RunRecord recover(std::string_view journal, std::string_view where);

/// Appends to the account and, as far as the disk allows, to the file: in its first second by write(), then, where the
/// file system can promise blocks, through memory (mapped_end.h). Either way a line outlives this process once add()
/// has returned, and a loss of power from the next flush() on. Nothing here throws once it exists: a disk
/// that fills up must not touch the run; the first trouble is kept for the caller to say.
class Journal {
 public:
  /// Creates <id>.journal in `folder` (made if missing); trouble() says why when that failed. No folder: no file.
  Journal(const std::filesystem::path& folder, Begin begin);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void add(const Sample& sample);
  void add(const Event& event);
  void add(const Mark& mark);
  void add(const Forecast& forecast);
  void add(const End& end);
  void flush();   ///< to the disk, now
  void remove();  ///< deletes the file, once the record itself is written

  const Account& account() const { return account_; }
  const std::string& trouble() const { return trouble_; }  ///< why lines could not be written; "" if all went well
  const std::filesystem::path& path() const { return path_; }

 private:
  void write(std::string line);
  void append(std::string_view lines);
  Account account_;
  std::filesystem::path path_;
  std::string trouble_;
  int fd_ = -1;
  MappedEnd mapped_;
  bool maps_ = false;
  long long good_bytes_ = 0;  // up to here the file holds whole lines
  double flushed_t_s_ = 0;
};

/// Seconds between two flushes to the disk: what a power loss may cost.
inline constexpr double kFlushPeriod = 30.0;

/// True while the program that writes this journal lives (it holds a lock on the file).
bool is_being_written(const std::filesystem::path& journal);

/// "20261123-160405-1f2e3d4c": the UTC second and a hash of time, process and host, so that two runs never share one.
std::string new_run_id();

/// $XDG_STATE_HOME/cradle/runs. Throws Error as base::state_folder does.
std::filesystem::path runs_folder();

}  // namespace cradle::record
