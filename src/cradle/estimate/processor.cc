// Family and model numbers as CPUID gives them; generations as makers count them in their names.
#include "cradle/estimate/processor.h"

#include <array>
#include <charconv>
#include <regex>
#include <set>

#include "cradle/base/text.h"

namespace cradle::estimate {
namespace {

struct Generation {
  std::string_view vendor;
  int family, first_model, last_model;
  std::string_view kind;
};
// CPUID families and models: facts of the kernel's own tables (Linux 6.12, arch/x86/include/asm/intel-family.h and
// arch/x86/kernel/cpu/amd.c).
constexpr std::array kGenerations = {
    Generation{"GenuineIntel", 6, 60, 60, "haswell"},
    Generation{"GenuineIntel", 6, 63, 63, "haswell"},
    Generation{"GenuineIntel", 6, 69, 70, "haswell"},
    Generation{"GenuineIntel", 6, 61, 61, "broadwell"},
    Generation{"GenuineIntel", 6, 71, 71, "broadwell"},
    Generation{"GenuineIntel", 6, 79, 79, "broadwell"},
    Generation{"GenuineIntel", 6, 86, 86, "broadwell"},
    Generation{"GenuineIntel", 6, 78, 78, "skylake"},
    Generation{"GenuineIntel", 6, 94, 94, "skylake"},
    Generation{"GenuineIntel", 6, 142, 142, "skylake"},
    Generation{"GenuineIntel", 6, 158, 158, "skylake"},
    Generation{"GenuineIntel", 6, 106, 108, "ice-lake-sp"},
    Generation{"GenuineIntel", 6, 143, 143, "sapphire-rapids"},
    Generation{"GenuineIntel", 6, 207, 207, "emerald-rapids"},
    Generation{"GenuineIntel", 6, 173, 174, "granite-rapids"},
    Generation{"AuthenticAMD", 23, 0, 47, "zen1"},
    Generation{"AuthenticAMD", 23, 48, 255, "zen2"},
    Generation{"AuthenticAMD", 25, 0, 15, "zen3"},
    Generation{"AuthenticAMD", 25, 32, 95, "zen3"},
    Generation{"AuthenticAMD", 25, 16, 31, "zen4"},
    Generation{"AuthenticAMD", 25, 96, 175, "zen4"},
    Generation{"AuthenticAMD", 26, 0, 255, "zen5"},
};
constexpr int kSkylakeServer = 85;  // also Cascade Lake and Cooper Lake: their flags tell them apart

/// The value behind the first line that begins with `key`, "" without one.
std::string value_of(std::string_view text, std::string_view key) {
  for (const std::string& line : base::split(text, '\n')) {
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon != line.npos && base::trim(line.substr(0, colon)) == key)
      return std::string(base::trim(std::string_view(line).substr(colon + 1)));
  }
  return "";
}

int number(const std::string& text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string by_flags(const std::set<std::string>& flags) {
  const auto has = [&](const char* flag) { return flags.contains(flag); };
  if (has("amx_tile")) return "amx";
  if (has("avx512_bf16")) return "avx512-bf16";
  if (has("avx512_vnni")) return "avx512-vnni";
  if (has("avx512f")) return "avx512";
  if (has("avx2")) return "avx2";
  if (has("asimddp")) return "neon-dotprod";
  if (has("asimd") || has("neon")) return "neon";
  return has("sse2") ? "sse" : "";
}

struct Name {
  const char* pattern;
  std::string_view kind;
};
// Generations in makers' names; their own pages on how they number their processors.
const std::array kNames = {
    Name{R"(\bepyc\b.*\b7[0-9f][0-9]1p?\b)", "zen1"},
    Name{R"(\bepyc\b.*\b7[0-9fh][0-9]2p?\b)", "zen2"},
    Name{R"(\bepyc\b.*\b7[0-9fc][0-9]3[px]?\b)", "zen3"},
    Name{R"(\bepyc\b.*\b[89][0-9]{2}4[a-z]?\b)", "zen4"},
    Name{R"(\bepyc\b.*\b9[0-9]{2}5[a-z]?\b)", "zen5"},
    Name{R"(\bryzen\b.*\b[12][0-9]{3}[a-z]*\b)", "zen1"},
    Name{R"(\bryzen\b.*\b3[0-9]{3}[a-z]*\b)", "zen2"},
    Name{R"(\bryzen\b.*\b5[0-9]{3}[a-z0-9]*\b)", "zen3"},
    Name{R"(\bryzen\b.*\b7[0-9]{3}[a-z0-9]*\b)", "zen4"},
    Name{R"(\bryzen\b.*\b9[0-9]{3}[a-z0-9]*\b)", "zen5"},
    Name{R"(\bxeon\b.*\be[57]-?\s?[0-9]{4}[a-z]*\s?v3\b)", "haswell"},
    Name{R"(\bxeon\b.*\be[57]-?\s?[0-9]{4}[a-z]*\s?v4\b)", "broadwell"},
    Name{R"(\b(platinum|gold|silver|bronze)\b.*\b[3-9]1[0-9]{2}[a-z]*\b)", "skylake-sp"},
    Name{R"(\b(platinum|gold|silver|bronze)\b.*\b[3-9]2[0-9]{2}[a-z]*\b)", "cascade-lake"},
    Name{R"(\b(platinum|gold|silver|bronze)\b.*\b[3-9]3[0-9]{2}[a-z]*\b)", "ice-lake-sp"},
    Name{R"(\b(platinum|gold|silver|bronze)\b.*\b[3-9]4[0-9]{2}[a-z+]*)", "sapphire-rapids"},
    Name{R"(\b(platinum|gold|silver|bronze)\b.*\b[3-9]5[0-9]{2}[a-z+]*)", "emerald-rapids"},
    Name{R"(\bgraviton\s?2\b)", "neoverse-n1"},
    Name{R"(\bgraviton\s?3e?\b)", "neoverse-v1"},
    Name{R"(\bgraviton\s?4\b)", "neoverse-v2"},
    Name{R"(\baltra\b)", "neoverse-n1"},
};

}  // namespace

Processor processor_in(std::string_view cpuinfo) {
  const std::string_view first = cpuinfo.substr(0, cpuinfo.find("\n\n"));  // of the first CPU
  Processor p;
  p.model = value_of(first, "model name");
  const std::string vendor = value_of(first, "vendor_id");
  const int family = number(value_of(first, "cpu family")), model = number(value_of(first, "model"));
  for (const Generation& g : kGenerations)
    if (g.vendor == vendor && g.family == family && model >= g.first_model && model <= g.last_model) p.kind = g.kind;
  std::string words = value_of(first, "flags");
  if (words.empty()) words = value_of(first, "Features");  // Arm
  const std::vector<std::string> list = base::split(words, ' ');
  const std::set<std::string> flags(list.begin(), list.end());
  if (vendor == "GenuineIntel" && family == 6 && model == kSkylakeServer)
    p.kind = flags.contains("avx512_vnni") ? "cascade-lake" : "skylake-sp";
  p.instructions = by_flags(flags);
  p.vnni = flags.contains("avx512_vnni") || flags.contains("avx_vnni");
  if (p.kind.empty()) p.kind = p.instructions;
  return p;
}

Processor processor_named(std::string_view model) {
  Processor p{std::string(model), ""};
  const std::string low = base::lower(model);
  for (const Name& name : kNames)
    if (p.kind.empty() && std::regex_search(low, std::regex(name.pattern))) p.kind = name.kind;
  return p;
}

}  // namespace cradle::estimate
