// Job file in, worker under the meter, answer out.
#include "cradle/measure/job.h"

#include <fmt/format.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"

namespace cradle::measure {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    const fs::path parent = fs::temp_directory_path(error);
    std::string name = ((error ? fs::path("/tmp") : parent) / "cradle-job-XXXXXX").string();
    if (!::mkdtemp(name.data())) base::fail("cannot make a temporary folder {}: {}", name, std::strerror(errno));
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Passes a worker's stderr on as it comes, but keeps back its error sentence, which becomes an Error.
class Listener {
 public:
  explicit Listener(std::string prefix) : prefix_(std::move(prefix)) {}

  void take(std::string_view bytes) {
    for (const char c : bytes) {
      line_ += c;
      if (c == '\n')
        end_line();
      else if (!could_be_error())
        pass();
    }
    std::fflush(stderr);
  }
  /// The sentence after "cradle-x: error: "; "" if the worker said none.
  std::string sentence() {
    if (!line_.empty()) end_line();
    return sentence_;
  }

 private:
  bool could_be_error() const {
    return passed_ == 0 && prefix_.compare(0, std::min(prefix_.size(), line_.size()), line_, 0, prefix_.size()) == 0;
  }
  void pass() {
    std::fwrite(line_.data() + passed_, 1, line_.size() - passed_, stderr);
    passed_ = line_.size();
  }
  void end_line() {
    if (passed_ == 0 && line_.starts_with(prefix_)) {
      sentence_ = line_.substr(prefix_.size(), line_.find('\n') - prefix_.size());
    } else {
      pass();
    }
    line_.clear();
    passed_ = 0;
  }

  std::string prefix_, line_, sentence_;
  std::size_t passed_ = 0;  // bytes of line_ that are already out
};

std::string failure_text(const std::string& worker, int exit_code, const std::string& sentence) {
  if (!sentence.empty()) return fmt::format("{}: {}", worker, sentence);
  if (exit_code > 128)
    return fmt::format("{} was ended by signal {} ({}) without a word", worker, exit_code - 128,
                       ::strsignal(exit_code - 128));
  return fmt::format("{} failed with exit code {} without a word", worker, exit_code);
}

[[noreturn]] void fail_as(const std::string& worker, record::RunRecord record, const std::string& sentence) {
  const int code = record.exit_code;
  if (code == 128 + SIGINT || code == 128 + SIGTERM) throw Interrupted(worker + " was interrupted", std::move(record));
  throw JobFailed(failure_text(worker, code, sentence), std::move(record));
}

/// Workers that read and train models ask glibc (2.35 and newer) for huge pages under large blocks: a model of 50 MB is
/// read in a fifteenth of the time where page faults are dear (virtual machines), with the same bits. Not so the worker
/// whose memory and speed are a model's own figures, nor where somebody has set his own tunables.
std::vector<std::pair<std::string, std::string>> environment_of(std::string_view worker) {
  constexpr const char* kTunables = "GLIBC_TUNABLES";
  if (worker == "deploy" || std::getenv(kTunables)) return {};
  return {{kTunables, "glibc.malloc.hugetlb=1"}};
}

}  // namespace

fs::path worker_program(std::string_view name) {
  const std::string file = fmt::format("cradle-{}", name);
  std::vector<fs::path> folders;
  if (const char* set = std::getenv("CRADLE_LIBEXEC"); set && *set) {
    folders.push_back(set);
  } else {
    const fs::path here = base::program_folder();
    folders = {here / "libexec/cradle", here.parent_path() / "libexec/cradle"};
  }
  std::string searched;
  for (const fs::path& folder : folders) {
    if (::access((folder / file).c_str(), X_OK) == 0) return folder / file;
    searched += (searched.empty() ? "" : " and ") + folder.string();
  }
  base::fail("the worker {} is not there; searched {}; build it, or set CRADLE_LIBEXEC to its folder", file, searched);
}

JobDone run_job(std::string_view worker, record::Job job, Options options) {
  const fs::path program = worker_program(worker);
  const std::string name = program.filename().string();
  const TemporaryFolder temporary;
  if (job.answer.empty()) job.answer = temporary.path() / "answer.json";
  std::error_code ignored;
  fs::remove(job.answer, ignored);  // an answer of an earlier job is not this one's
  const fs::path file = temporary.path() / "job.json";
  record::write_job(file, job);

  Listener listener(name + ": error: ");
  options.standard_error = [&](std::string_view bytes) { listener.take(bytes); };
  Finished finished = run({{program.string(), file.string()}, environment_of(worker)}, options);
  if (!finished.not_started.empty()) base::fail("cannot start {}: {}", program.string(), finished.not_started);
  const std::string sentence = listener.sentence();
  if (finished.record.exit_code != 0) fail_as(name, std::move(finished.record), sentence);
  if (!fs::exists(job.answer))
    base::fail("{} ended well but wrote no answer to {}; this is a defect of the worker", name, job.answer.string());
  return {std::move(finished.record), base::read_json(job.answer), finished.file};
}

}  // namespace cradle::measure
