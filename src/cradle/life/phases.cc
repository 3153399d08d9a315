// The phases of use: how many images, their energy and idle time, deployment, dedicated devices, devices as products.
#include "cradle/life/phases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/base/quantity.h"
#include "cradle/life/hardware.h"

namespace cradle::life {
namespace {

constexpr double kDaysPerYear = 365.25;

/// Images of each year in those of a first whole year, with growth; the last year may be a part of one.
std::vector<double> images_of_years(const study::Use& use) {
  std::vector<double> images;
  const double years = use.years.value;
  for (int y = 0; y < static_cast<int>(std::ceil(years - 1e-9)); ++y)
    images.push_back(std::min(1.0, years - y) * std::pow(1.0 + use.growth_per_year, y));
  return images;
}

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

YearShares shares_of_years(const study::Use& use) {
  YearShares shares = images_of_years(use);
  const double sum = sum_of(shares);
  for (double& s : shares) s /= sum;
  return shares;
}

int images_per_day(Builder& b) {
  return b.input("images-per-day", "images a day on one device", b.study().use->images_per_day, "1/day", "input",
                 b.source("use"));
}

/// Images of the model's life are c · images a day · years: c with growth, from the central years.
double growth_factor(Builder& b) {
  const study::Use& u = *b.study().use;
  if (u.growth_per_year == 0) return 1;
  b.assume(fmt::format("use: images grow by {:.3g} % a year; the doubt about the years does not move the growth",
                       100 * u.growth_per_year));
  return sum_of(images_of_years(u)) / u.years.value;
}

/// The device between images: the day's other seconds at its idle power.
void add_waiting(Builder& b, const Evidence& e, int electricity, Parts& parts) {
  const study::Use& u = *b.study().use;
  const int idle = b.input("idle-power", "power of a device between images", *u.idle_w, "W", "input", b.source("use"));
  const int waiting = b.process("use: waiting", "waiting between images", "image");
  b.consume(parts.use, waiting, 1.0);
  // Idle seconds per image: 86400 / images a day (with growth: of the mean day), less the time of the image itself.
  b.consume(waiting, electricity, 86400.0 / base::kJoulesPerKwh / growth_factor(b),
            {{idle, 1.0}, {images_per_day(b), -1.0}});
  b.consume(waiting, electricity, -e.seconds / base::kJoulesPerKwh, joined({{idle, 1.0}}, e.time_terms));
}

/// Energy and time of one image, by whichever way the study states them.
Evidence image_evidence(Builder& b) {
  const study::Use& u = *b.study().use;
  if (!u.runs.empty()) return mean_per_image(b, u.runs);
  const std::string source = b.source("use");
  b.model().bases.insert("stated");
  Evidence e;
  if (u.throughput_per_s) {
    e.seconds = 1.0;
    e.time_terms = {{b.input("throughput", "images a second", *u.throughput_per_s, "1/s", "input", source), -1.0}};
  } else if (u.latency_ms) {
    e.seconds = 1e-3 / u.batch;
    e.time_terms = {
        {b.input("latency", fmt::format("time of a batch of {:g}", u.batch), *u.latency_ms, "ms", "input", source),
         1.0}};
  }
  if (u.energy_per_image_j)
    e.energy = {
        {1.0,
         {{b.input("energy-per-image", "energy per image at the computer", *u.energy_per_image_j, "J", "input", source),
           1.0}}}};
  else
    e.energy = {
        {e.seconds,
         joined({{b.input("use-power", "power while working", *u.power_w, "W", "input", source), 1.0}}, e.time_terms)}};
  return e;
}

void check_fits_into_a_day(Builder& b, const Evidence& e) {
  const study::Use& u = *b.study().use;
  const double seconds = b.central(e.seconds, e.time_terms);
  // The busiest year counts: the first, or with growth the last that is begun.
  const double last = std::max(0.0, std::ceil(u.years.value - 1e-9) - 1);
  const double per_day = u.images_per_day.value * std::max(1.0, std::pow(1.0 + u.growth_per_year, last));
  if (per_day * seconds > 86400.0 * 1.001)
    base::fail(
        "{}: {:.4g} images a day{} at {:.3g} s each do not fit into a day; images_per_day is of one device "
        "([deployment] count says how many there are)",
        b.source("use"), per_day, per_day > u.images_per_day.value ? fmt::format(" in year {:g}", last + 1) : "",
        seconds);
}

}  // namespace

Amounts amounts_of(Builder& b) {
  const Study& s = b.study();
  const FunctionalUnit& unit = s.functional_unit;
  if (unit.kind == "training") return {unit.amount, 0, {}, {}, {1}};
  if (unit.kind == "device") return {0, 0, {}, {}, {1}};
  const double count = s.deployment ? s.deployment->count : 1.0;
  const int per_day = images_per_day(b);
  const int years = b.input("years", "years in use", s.use->years, "y", "input", b.source("use"));
  const double growth = growth_factor(b);
  Amounts a;
  a.years = shares_of_years(*s.use);
  b.model().images_per_day = s.use->images_per_day.value * count;
  b.model().images = b.model().images_per_day * kDaysPerYear * s.use->years.value * growth;
  if (unit.kind == "image") {
    a.models = unit.amount / (kDaysPerYear * count * growth);
    a.images = unit.amount;
    a.models_terms = {{per_day, -1.0}, {years, -1.0}};
    return a;
  }
  const double devices = unit.kind == "service-year" ? count : 1.0;
  a.models = unit.amount * devices / count;
  a.images = unit.amount * devices * kDaysPerYear * growth;
  a.models_terms = {{years, -1.0}};
  a.images_terms = {{per_day, 1.0}};
  return a;
}

void charge_hardware(Builder& b, const Hardware& hardware, const std::string& activity, double seconds,
                     const Terms& extra, bool data_centre, int production, int end) {
  const Terms terms = joined(life_share_terms(b, hardware, activity, data_centre), extra);
  const double coefficient = hardware.count * seconds / kSecondsPerYear;
  b.consume(production, device_production(b, hardware, data_centre), coefficient, terms);
  if (end < 0) return;
  if (const int device = device_end_of_life(b, hardware, data_centre); device >= 0)
    b.consume(end, device, coefficient, terms);
}

void add_idle(Builder& b, const study::Stated& share, const std::string& of, const std::string& unit, int electricity,
              const Evidence& activity, int parent) {
  const int idle = b.stated(share, "idle.fraction_of_active_energy", of + "-idle", "idle energy per active energy", of);
  const int process = b.process(of + ": idle", "provisioned but idle", unit);
  charge_energy(b, process, electricity, activity);
  b.consume(parent, process, 1.0, {{idle, 1.0}});
}

void add_deployment(Builder& b, Parts& parts) {
  const study::Deployment& d = *b.study().deployment;
  if (!d.transfer_gb && !d.installation_km) return;
  parts.deployment = b.process("deployment", "bringing the model to its devices", "model");
  if (d.transfer_gb) {
    const int gigabytes = b.input("transfer-gb", "size of one transfer to one device", *d.transfer_gb, "GB", "input",
                                  b.source("deployment"));
    const int intensity = b.factor(d.mobile ? "net.mobile" : "net.fixed", "", "", d.where);
    const int grid = grid_electricity(b, b.study().use->supply, "use");
    b.consume(parts.deployment, grid, d.count, {{gigabytes, 1.0}, {intensity, 1.0}});
    if (d.updates)
      b.consume(
          parts.deployment, grid, d.count,
          {{gigabytes, 1.0},
           {intensity, 1.0},
           {b.input("updates", "further transfers to each device", *d.updates, "1", "input", b.source("deployment")),
            1.0}});
    b.assume(
        "deployment: network energy by the average per gigabyte, which a small transfer does not cause at the "
        "margin");
  }
  if (d.installation_km) {
    const int km = b.input("installation-km", "driven to install one device", *d.installation_km, "km", "input",
                           b.source("deployment"));
    b.cause(parts.deployment, "GWP", d.count, {{km, 1.0}, {b.factor("transport.car", "", "", d.where), 1.0}});
  }
}

void add_use(Builder& b, const YearShares& years, Parts& parts) {
  const study::Use& u = *b.study().use;
  parts.use = b.process("use", "one image", "image");
  const int electricity = node_electricity(b, u.supply, "use", years);
  const Evidence e = image_evidence(b);
  check_fits_into_a_day(b, e);
  const int working = b.process("use: inference", "inference", "image");
  b.consume(parts.use, working, 1.0);
  charge_energy(b, working, electricity, e);
  if (u.idle) add_idle(b, *u.idle, "use", "image", electricity, e, parts.use);
  if (u.idle_w)
    add_waiting(b, e, electricity, parts);
  else if (!u.idle)
    b.assume("use: energy between images is not counted (idle_w or idle adds it)");
  if (u.hardware)
    charge_hardware(b, *u.hardware, "use", e.seconds, e.time_terms, in_data_centre(u.supply),
                    parts.production_per_image, parts.end_per_image);
}

void add_dedicated_device(Builder& b, Parts& parts) {
  const Hardware& device = *b.study().deployment->device;
  // Over a life with growth a device sees more images than in its first year.
  const double growth = growth_factor(b);
  const Terms terms = {{lifetime_of(b, device, "device"), -1.0}, {images_per_day(b), -1.0}};
  const double coefficient = 1.0 / (kDaysPerYear * growth);
  b.consume(parts.production_per_image, device_production(b, device, false), coefficient, terms);
  if (parts.end_per_image < 0) return;
  if (const int end = device_end_of_life(b, device, false); end >= 0)
    b.consume(parts.end_per_image, end, coefficient, terms);
}

void add_product(Builder& b, Parts& parts) {
  const Hardware& product = *b.study().product;
  const int count = b.input("product-count", "devices made for one functional unit", base::fixed(product.count), "1",
                            "input", b.source("production"));
  parts.product = b.process("production: product", "the device itself", "functional unit");
  b.consume(parts.product, device_production(b, product, product.infrastructure), 1.0, {{count, 1.0}});
  if (!b.study().end_of_life) return;
  if (const int end = device_end_of_life(b, product, product.infrastructure); end >= 0) {
    parts.product_end = b.process("end of life: product", "the device itself", "functional unit");
    b.consume(parts.product_end, end, 1.0, {{count, 1.0}});
  }
}

}  // namespace cradle::life
