// Journal lines written, read back and added up.
#include "cradle/record/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <iterator>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/quantity.h"
#include "cradle/base/random.h"
#include "cradle/record/run_json.h"

namespace cradle::record {
namespace {

using base::Interval;
using base::Json;
using base::json_number;
using base::json_string;
using base::json_string_or;

Json interval_json(const Interval& i) { return Json::array({i.value, i.low, i.high}); }

double number_at(const Json& array, std::size_t i, std::string_view where) {
  if (!array.is_array() || array.size() <= i || !array[i].is_number())
    base::fail("{}: expected a list with a number at place {}", where, i);
  return array[i].get<double>();
}

Interval interval_at(const Json& array, std::string_view where) {
  return {number_at(array, 0, where), number_at(array, 1, where), number_at(array, 2, where)};
}

Json begin_json(const Begin& b) {
  Json parts = Json::array();
  for (const PartStart& p : b.parts)
    parts.push_back({{"part", p.part}, {"kind", p.kind}, {"basis", name_of(p.basis)}, {"sensor", p.sensor}});
  Json json{{"schema", kJournalSchema},
            {"id", b.id},
            {"name", b.name},
            {"started", b.started},
            {"command", b.command},
            {"place", b.place},
            {"machine", machine_json(b.machine)},
            {"parts", std::move(parts)},
            {"rule", b.rule},
            {"method", b.method}};
  if (b.factor)
    json["factor"] = Json{{"id", b.factor->id},
                          {"place", b.factor->place},
                          {"source", b.factor->source},
                          {"year", b.factor->year},
                          {"kg_per_kwh", interval_json(b.factor->kg_per_kwh)}};
  return json;
}

Begin begin_of(const Json& json, const std::string& where) {
  const std::string schema = json_string(json, "schema", where);
  if (schema != kJournalSchema)
    base::fail("{}: 'schema' is '{}'; expected '{}': this is not the journal of a run", where, schema, kJournalSchema);
  Begin b;
  b.id = json_string(json, "id", where);
  b.name = json_string_or(json, "name", "", where);
  b.started = json_string(json, "started", where);
  b.command = command_of(json, where);
  b.place = json_string_or(json, "place", "", where);
  b.machine = machine_of(base::json_member(json, "machine", where), where);
  for (const Json& p : array_or_empty(json, "parts", where))
    b.parts.push_back({json_string(p, "part", where), json_string(p, "kind", where),
                       basis_named(json_string(p, "basis", where), where), json_string(p, "sensor", where)});
  b.rule = json_string(json, "rule", where);
  b.method = json_string_or(json, "method", "", where);
  if (json.contains("factor")) {
    const Json& f = json.at("factor");
    b.factor =
        GridFactor{json_string(f, "id", where), json_string(f, "place", where), json_string(f, "source", where),
                   json_int_or(f, "year", 0, where), interval_at(base::json_member(f, "kg_per_kwh", where), where)};
  }
  return b;
}

/// Appends a number to nine decimals: finer than any counter and any clock, and printed in a quarter of the time that
/// the shortest form of a double takes. What does not fit stands as the double itself.
void append_number(std::string& line, double x) {
  constexpr unsigned long long kUnit = 1000000000;
  const double scaled = std::round(x * static_cast<double>(kUnit));
  if (!(std::abs(scaled) < 9e18)) {
    fmt::format_to(std::back_inserter(line), "{}", x);
    return;
  }
  const auto whole = static_cast<long long>(scaled);
  const auto size = static_cast<unsigned long long>(whole < 0 ? -whole : whole);
  if (whole < 0) line += '-';
  const fmt::format_int units(size / kUnit), rest(size % kUnit + kUnit);  // a leading 1 keeps the zeros
  line.append(units.data(), units.size());
  if (size % kUnit == 0) return;
  line += '.';
  line.append(rest.data() + 1, rest.size() - 1);
}

void append_list(std::string& line, std::initializer_list<double> numbers) {
  char separator = '[';
  for (const double x : numbers) {
    line += separator;
    append_number(line, x);
    separator = ',';
  }
  line += ']';
}

/// By hand: it is the one line that is written all the time, and numbers need no escaping.
std::string sample_line(const Sample& s, const std::vector<PartStart>& started) {
  std::string line;
  line.reserve(512);
  line = R"({"sample":{"t_s":)";
  append_number(line, s.t_s);
  line += R"(,"parts":[)";
  for (std::size_t i = 0; i < s.parts.size(); ++i) {
    const PartSample& p = s.parts[i];
    if (i > 0) line += ',';
    append_list(line, {p.j.value, p.j.low, p.j.high, p.covered_s});
    if (p.basis && (i >= started.size() || *p.basis != started[i].basis)) {
      line.back() = ',';
      line.append("\"").append(name_of(*p.basis)).append("\"]");
    }
  }
  line += R"(],"split":)";
  append_list(line, {s.split.mine_j, s.split.others_j, s.split.idle_j});
  line += R"(,"billed":)";
  append_list(line, {s.billed_j.value, s.billed_j.low, s.billed_j.high});
  line += R"(,"cpu_s":)";
  append_list(line, {s.mine_cpu_s, s.busy_cpu_s});
  line += R"(,"self":)";
  append_list(line, {s.self.cpu_s, s.self.rss_bytes, s.self.j});
  return line + "}}";
}

Sample sample_of(const Json& json, const std::string& where) {
  Sample s;
  s.t_s = json_number(json, "t_s", where);
  for (const Json& p : array_or_empty(json, "parts", where)) {
    s.parts.push_back({interval_at(p, where), number_at(p, 3, where)});
    if (p.size() > 4 && p[4].is_string()) s.parts.back().basis = basis_named(p[4].get<std::string>(), where);
  }
  const Json& split = base::json_member(json, "split", where);
  s.split = {number_at(split, 0, where), number_at(split, 1, where), number_at(split, 2, where), ""};
  s.billed_j = interval_at(base::json_member(json, "billed", where), where);
  const Json& cpu = base::json_member(json, "cpu_s", where);
  s.mine_cpu_s = number_at(cpu, 0, where);
  s.busy_cpu_s = number_at(cpu, 1, where);
  const Json& self = base::json_member(json, "self", where);
  s.self = {number_at(self, 0, where), number_at(self, 1, where), number_at(self, 2, where)};
  return s;
}

/// Adds one line to the account; throws Error if the line is not one of a journal.
void add_line(std::string_view line, const std::string& where, Account& account) {
  const Json json = base::parse_json(line, where);
  if (!json.is_object() || json.size() != 1) base::fail("{}: expected one object with one key", where);
  const Json& body = json.begin().value();
  const std::string& kind = json.begin().key();
  if (kind == "sample") {
    Sample sample = sample_of(body, where);
    if (sample.parts.size() != account.begin.parts.size()) base::fail("{}: as many parts as began expected", where);
    account.last = std::move(sample);
  } else if (kind == "event") {
    account.events.push_back(event_of(body, where));
  } else if (kind == "mark") {
    account.marks.push_back(mark_of(body, where));
  } else if (kind == "forecast") {
    account.forecasts.push_back(forecast_of(body, where));
  } else if (kind == "end") {
    account.end = End{json_number(body, "t_s", where), json_string(body, "finished", where),
                      json_int_or(body, "exit_code", 0, where)};
  } else {
    base::fail("{}: '{}' is not a kind of line; expected sample, event, mark, forecast or end", where, kind);
  }
}

void add_up_parts(const Account& account, RunRecord& r) {
  for (std::size_t i = 0; i < account.begin.parts.size(); ++i) {
    const PartStart& start = account.begin.parts[i];
    static const PartSample kNone;
    const PartSample& sample = i < account.last.parts.size() ? account.last.parts[i] : kNone;
    const double coverage = r.duration_s > 0 ? std::clamp(sample.covered_s / r.duration_s, 0.0, 1.0) : 0.0;
    r.parts.push_back({start.part, start.kind, sample.basis.value_or(start.basis), start.sensor, sample.j, coverage});
    r.total.value += sample.j.value;
    r.total.low += sample.j.low;
    r.total.high += sample.j.high;
  }
}

}  // namespace

Emissions emissions_of(const Interval& billed_j, const GridFactor& factor) {
  Emissions e{{}, factor.id, factor.kg_per_kwh.value, factor.place, factor.year, factor.source};
  const auto grams = [](double j, double kg_per_kwh) { return j / base::kJoulesPerKwh * kg_per_kwh * 1000.0; };
  const auto width = [](double part, double whole) { return whole > 0 ? part / whole : 0.0; };
  const Interval& f = factor.kg_per_kwh;
  const double value = grams(billed_j.value, f.value);
  const double down = std::hypot(width(billed_j.value - billed_j.low, billed_j.value), width(f.value - f.low, f.value));
  const double up = std::hypot(width(billed_j.high - billed_j.value, billed_j.value), width(f.high - f.value, f.value));
  // With a central value of zero relative widths say nothing: the upper bounds are multiplied.
  const double high = value > 0 ? value * (1 + up) : grams(billed_j.high, f.high);
  e.co2e_g = {value, std::max(0.0, value * (1 - down)), high};
  return e;
}

RunRecord record_of(const Account& account) {
  const Begin& b = account.begin;
  RunRecord r;
  r.id = b.id;
  r.name = b.name;
  r.started = b.started;
  r.command = b.command;
  r.place = b.place;
  r.machine = b.machine;
  r.complete = account.end.has_value();
  r.duration_s = account.end ? account.end->t_s : account.last.t_s;
  r.finished = account.end ? account.end->finished : "";
  r.exit_code = account.end ? account.end->exit_code : 0;
  add_up_parts(account, r);
  r.split = account.last.split;
  r.split.method = b.method;
  r.billed = {account.last.billed_j, b.rule};
  r.events = account.events;
  r.marks = account.marks;
  r.forecasts = account.forecasts;
  r.self = account.last.self;
  if (b.factor) r.emissions = emissions_of(r.billed.j, *b.factor);
  return r;
}

Account account_of(std::string_view journal, std::string_view where) {
  Account account;
  int unreadable = 0;
  int number = 0;
  while (!journal.empty()) {
    const std::size_t end = journal.find('\n');
    const bool torn = end == std::string_view::npos;
    const std::string_view line = journal.substr(0, end);
    journal.remove_prefix(torn ? journal.size() : end + 1);
    const std::string at = fmt::format("{}:{}", where, ++number);
    if (number == 1) {
      const Json json = base::parse_json(line, at);
      account.begin = begin_of(base::json_member(json, "begin", at), at);
      account.last.parts.resize(account.begin.parts.size());
      continue;
    }
    if (torn) break;  // the writer died in the middle of this line
    try {
      add_line(line, at, account);
    } catch (const base::Error&) {
      ++unreadable;
    }
  }
  if (number == 0) base::fail("{}: the journal is empty: the run ended before its first line was written", where);
  if (unreadable > 0)
    account.events.push_back({account.last.t_s, "gap", "", fmt::format("{} journal lines are unreadable", unreadable)});
  return account;
}

RunRecord recover(std::string_view journal, std::string_view where) { return record_of(account_of(journal, where)); }

Journal::Journal(const std::filesystem::path& folder, Begin begin) : path_(folder / (begin.id + ".journal")) {
  account_.begin = std::move(begin);
  account_.last.parts.resize(account_.begin.parts.size());
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    trouble_ = fmt::format("cannot create the folder {}: {}", folder.string(), error.message());
    return;
  }
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    trouble_ = fmt::format("cannot create {}: {}", path_.string(), std::strerror(errno));
    return;
  }
  ::flock(fd_, LOCK_EX | LOCK_NB);
  write("");
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

void Journal::add(const Sample& sample) {
  account_.last = sample;
  write(sample_line(sample, account_.begin.parts));
  if (sample.t_s - flushed_t_s_ >= kFlushPeriod) {
    flush();
    flushed_t_s_ = sample.t_s;
  }
}

void Journal::add(const Event& event) {
  account_.events.push_back(event);
  write(base::dump_json(Json{{"event", event_json(event)}}, -1));
}

void Journal::add(const Mark& mark) {
  account_.marks.push_back(mark);
  write(base::dump_json(Json{{"mark", mark_json(mark)}}, -1));
}

void Journal::add(const Forecast& forecast) {
  account_.forecasts.push_back(forecast);
  write(base::dump_json(Json{{"forecast", forecast_json(forecast)}}, -1));
}

void Journal::add(const End& end) {
  account_.end = end;
  write(
      base::dump_json(Json{{"end", {{"t_s", end.t_s}, {"finished", end.finished}, {"exit_code", end.exit_code}}}}, -1));
}

void Journal::flush() {
  if (fd_ >= 0) ::fdatasync(fd_);
}

void Journal::remove() {
  if (fd_ >= 0) ::unlink(path_.c_str());
}

void Journal::write(std::string line) {
  if (fd_ < 0) return;
  if (!line.empty()) line += '\n';
  // The beginning goes first, also when the disk had no room for it until now.
  if (good_bytes_ == 0) line.insert(0, base::dump_json(Json{{"begin", begin_json(account_.begin)}}, -1) + "\n");
  ssize_t n;
  do n = ::write(fd_, line.data(), line.size());
  while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(line.size())) {
    good_bytes_ += n;
    return;
  }
  // A line cut short is taken back, so that the next one, if the disk has room again, stands on its own.
  if (trouble_.empty())
    trouble_ = fmt::format("cannot write {}: {}", path_.string(), n < 0 ? std::strerror(errno) : "the disk is full");
  if (n > 0 && ::ftruncate(fd_, good_bytes_) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

bool is_being_written(const std::filesystem::path& journal) {
  const int fd = ::open(journal.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool locked = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return locked;
}

std::string new_run_id() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  static int made = 0;
  const auto hash = base::stable_id(fmt::format("{} {} {} {} {}", now.tv_sec, now.tv_nsec, ::getpid(), host, ++made));
  std::tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  char second[32];
  std::strftime(second, sizeof second, "%Y%m%d-%H%M%S", &utc);
  return fmt::format("{}-{:08x}", second, static_cast<std::uint32_t>(hash ^ (hash >> 32)));
}

std::filesystem::path runs_folder() { return base::state_folder() / "runs"; }

}  // namespace cradle::record
