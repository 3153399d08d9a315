// The model of hardware beside what makers and studies publish.
#include "cradle/life/reconcile.h"

#include <array>

#include "cradle/base/error.h"
#include "cradle/lca/sample.h"
#include "cradle/life/figures.h"
#include "cradle/life/model.h"

namespace cradle::life {
namespace {

constexpr int kSamples = 2000;

/// What a published product is in the catalogue's words: device, how many, with its surroundings or alone.
struct Counterpart {
  const char* product;
  const char* device;
  double count;
  bool infrastructure;
};
constexpr std::array<Counterpart, 15> kCounterparts = {{
    {"NVIDIA HGX H100 (eight GPUs)", "NVIDIA H100 SXM 80 GB", 8, false},
    {"NVIDIA HGX H200 (eight GPUs)", "NVIDIA H200 SXM 141 GB", 8, false},
    {"NVIDIA HGX B200 (eight GPUs)", "NVIDIA B200 SXM", 8, false},
    {"A100 with share of server", "NVIDIA A100 SXM4 80 GB", 1, true},
    {"H100 with share of server", "NVIDIA H100 SXM 80 GB", 1, true},
    {"H200 with share of server", "NVIDIA H200 SXM 141 GB", 1, true},
    {"Google TPU v6e with host and building", "Google TPU v6e chip", 1, true},
    {"L4 with share of server", "NVIDIA L4", 1, true},
    {"product sheets: laptop", "laptop", 1, false},
    {"product sheets: monitor", "monitor", 1, false},
    {"product sheets: desktop", "desktop", 1, false},
    {"product sheets: server", "server", 1, false},
    {"product sheets: smartphone", "smartphone", 1, false},
    {"product sheets: IoT device", "iot-device", 1, false},
    {"product sheets: tablet", "tablet", 1, false},
}};

Counterpart counterpart_of(const std::string& product) {
  for (const Counterpart& c : kCounterparts)
    if (product == c.product) return c;
  return {product.c_str(), product.c_str(), 1, false};
}

/// The server of Dell's assessment of 2019 by its parts, as ACT lists them (facebookresearch/ACT abc9fbb,
/// dellr740.yaml): two processors of 6.98 cm2, twelve modules of 36 GB, eight drives of 3.84 TB and one of 400 GB; two
/// supplies of 2.99 kg.
std::optional<study::Device> server_by_parts(const std::string& product) {
  if (!product.starts_with("Dell PowerEdge R740")) return std::nullopt;
  study::Device d;
  d.name = product;
  d.where = "reconcile";
  const auto add = [&](const char* kind, const char* name, double amount) {
    study::PartOfDevice part;
    part.kind = kind;
    part.name = name;
    part.amount = base::fixed(amount);
    part.where = std::string("reconcile ") + kind;
    d.parts.push_back(std::move(part));
  };
  add("die", "16-14nm", 2 * 6.98);
  add("cpu-package", "", 2);
  add("ddr", "", 12 * 36);
  add("psu", "", 2 * 2.99);
  for (const char* piece : {"motherboard", "case", "assembly"}) add(piece, "", 1);
  if (product.find("without SSD") == std::string::npos) add("ssd", "", 8 * 3840 + 400);
  return d;
}

std::optional<study::Figure> footprint(const catalog::Catalog& catalog, const Counterpart& c, bool parametric,
                                       int samples) {
  Study s;
  s.file = "reconcile";
  s.functional_unit = {"device", c.count, "", "devices"};
  Hardware product;
  product.device = c.device;
  product.where = "reconcile";
  product.parametric = parametric;
  product.infrastructure = c.infrastructure;
  if (const auto server = server_by_parts(c.product)) s.devices.push_back(*server);
  s.product = product;
  try {
    const Model model = build_model(s, catalog);
    const lca::System system = lca::compile(model.inventory, model.method);
    const lca::Adjoint adjoint = lca::adjoint(system);
    const auto draws = lca::sample(system, {model.functional_unit}, samples, 1);
    return figure_of(adjoint.score(0, model.functional_unit), draws.of(0, 0));
  } catch (const base::Error&) {
    return std::nullopt;  // the catalogue does not know the thing, or not its die: nothing to compare
  }
}

}  // namespace

std::vector<Reconciled> reconcile(const catalog::Catalog& catalog) {
  std::vector<Reconciled> out;
  catalog::Filter published;
  published.key = "vendor.gwp";
  for (const catalog::Factor* f : catalog::matching(catalog, published)) {
    if (f->key != "vendor.gwp") continue;
    Reconciled r{f->name, f->set, f->note, f->distribution.value, 0, 0, std::nullopt, std::nullopt};
    if (!base::is_fixed(f->distribution)) {
      r.published_low = f->low;
      r.published_high = f->high;
    }
    const Counterpart c = counterpart_of(f->name);
    r.modelled = footprint(catalog, c, true, kSamples);
    if (const auto used = footprint(catalog, c, false, 100)) r.used = used->value;
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace cradle::life
