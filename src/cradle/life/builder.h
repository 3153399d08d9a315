// Small steps of building a model: add a sourced input, a process, an exchange.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/life/model.h"

namespace cradle::life {

using Terms = std::vector<lca::Term>;

Terms joined(Terms a, const Terms& b);

/// Holds the model while it is built. Inputs with the same id are one parameter, so they are drawn once.
class Builder {
 public:
  Builder(const Study& study, const catalog::Catalog& catalog);

  const Study& study() const { return study_; }
  Model& model() { return model_; }
  Model take() { return std::move(model_); }
  /// "study.toml [use]": the source of what the study itself says.
  std::string source(std::string_view table) const;

  /// A figure of the catalogue as a parameter; throws Error with `where` in front if there is none.
  int factor(std::string_view key, std::string_view name, std::string_view place, std::string_view where);
  /// The same, or -1 if the catalogue has none. A figure of any thing (a row without name) counts only if `any`.
  int try_factor(std::string_view key, std::string_view name, std::string_view place, bool any = true);
  /// 1 − a share of the catalogue ("what arrives of what is generated"), with the share's own source; -1 if there is
  /// none.
  int complement(std::string_view key, std::string_view place, std::string_view name);
  /// An input of the study, or a measured figure, as a parameter.
  int input(std::string id, std::string name, const base::Distribution& distribution, std::string unit,
            std::string status, std::string source);
  /// What the study states, or where it says "default" the catalogue's `key`; from the study's `table`.
  int stated(const study::Stated& stated, std::string_view key, std::string id, std::string name,
             std::string_view table);
  /// coefficient · Π parameter^exponent at the parameters' central values.
  double central(double coefficient, const Terms& terms) const;
  /// What a parameter is, with its source.
  const UsedFactor& used(int parameter) const { return model_.factors[static_cast<std::size_t>(parameter)]; }

  /// "'A', 'B' and 3 more": boards and devices whose name holds this text; "" if there are none.
  std::string names_like(const std::string& text) const;

  int process(std::string id, std::string name, std::string unit);
  /// The process if it is there, else -1.
  int find_process(std::string_view id) const;
  /// `process` uses coefficient × Π parameter^exponent of the product of `product`.
  void consume(int process, int product, double coefficient, Terms terms = {});
  /// `process` causes coefficient × Π parameter^exponent of flow `id`: a criterion's code (then in its unit), an
  /// indicator, or a physical flow of the study (flow()).
  void cause(int process, std::string_view id, double coefficient, Terms terms = {});
  /// A physical flow that a user's method may characterise: "electricity:FR" in kWh.
  void flow(std::string id, std::string name, std::string unit);

  /// Says a thing once.
  void assume(std::string text);
  void stand_in(std::string text);  ///< assumes that another place's factor will do
  void warn(std::string text);

 private:
  const catalog::Factor* try_find(const catalog::Query& query) const;
  int parameter_of(const catalog::Factor& factor);
  int add(UsedFactor used, const base::Distribution& distribution);
  catalog::Query query(std::string_view key, std::string_view name, std::string_view place) const;
  std::string next_exchange_id(int process, std::string_view what);

  const Study& study_;
  const catalog::Catalog& catalog_;
  Model model_;
  std::map<std::string, int> parameters_;
  std::map<std::string, int, std::less<>> processes_;
  std::map<std::string, int> exchange_ids_;
};

}  // namespace cradle::life
