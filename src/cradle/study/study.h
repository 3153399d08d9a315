// The study: goal, functional unit, boundary and inputs of one life-cycle assessment, as read from a TOML file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cradle/base/distribution.h"
#include "cradle/study/result.h"

namespace cradle::study {

inline constexpr std::string_view kStudySchema = "cradle.study/1";

/// A file that the study cites, and the line that cites it ("study.toml:12").
struct Cited {
  std::filesystem::path path;
  std::string where;
};

/// Electricity of one activity: where it was drawn and through what facility.
struct Supply {
  std::string place;                      ///< as written; resolved against the catalogue
  std::string where;                      ///< "study.toml:9", for messages
  std::string facility = "world";         ///< local, hyperscale, world: chooses pue.* and wue.*
  std::optional<base::Distribution> pue;  ///< instead of the facility's
};

/// Hardware whose production is shared by the time it was used.
struct Hardware {
  std::string device;  ///< name in the catalogue: "server", "NVIDIA A100 …"
  std::string where;
  double count = 1;
  base::Distribution share = base::fixed(1);         ///< part of the device that was reserved: 2 of 64 threads = 0.031
  std::optional<base::Distribution> lifetime_years;  ///< default from the catalogue
  std::optional<base::Distribution> utilisation;     ///< share of its life in use; default from the catalogue
};

struct Training {
  std::vector<Cited> runs;                          ///< measured records, all of which the model needed
  std::optional<base::Distribution> hours;          ///< or: hardware × hours × power
  std::optional<base::Distribution> power_w;        ///< of one device with its share of the node
  base::Distribution development = base::fixed(0);  ///< energy of all other runs / final run
  bool development_given = false;
  Supply supply;
  std::optional<Hardware> hardware;
};

/// Making the model smaller: its runs are charged to the model, apart from training.
struct Compression {
  std::vector<Cited> runs;
};

struct Deployment {
  std::optional<Hardware> device;  ///< a device of its own for each camera; absent: shared hardware
  double count = 1;                ///< places where the model is installed
  std::optional<base::Distribution> transfer_gb;
};

struct Use {
  std::vector<Cited> runs;                    ///< repeats of one measurement; their spread is the statistical doubt
  std::optional<base::Distribution> power_w;  ///< or: power and throughput
  std::optional<base::Distribution> throughput_per_s;
  std::optional<base::Distribution> idle_w;            ///< of a device between images
  base::Distribution images_per_day = base::fixed(0);  ///< of one device
  base::Distribution years = base::fixed(0);
  Supply supply;
  std::optional<Hardware> hardware;  ///< shared by time; a dedicated device stands in [deployment]
};

/// "mAP50 >= 0.60", taken apart.
struct QualityDemand {
  std::string metric;
  double at_least = 0;
};

struct Study {
  std::string name, question, audience;
  std::string file, sha256;
  FunctionalUnit functional_unit;
  std::optional<QualityDemand> quality;
  std::optional<Training> training;
  std::optional<Compression> compression;
  std::optional<Deployment> deployment;
  std::optional<Use> use;
  std::optional<base::Distribution> share_collected;  ///< [end_of_life]
  std::string electricity_set;                        ///< "" today's factors, or "seed-2021"
  std::optional<int> electricity_year;
};

/// Reads a study; paths in it are relative to its folder. Throws one Error that lists every fault with file:line.
Study read_study(const std::filesystem::path& path);
Study parse_study(std::string_view text, const std::filesystem::path& path);

}  // namespace cradle::study
