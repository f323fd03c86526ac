#include "restore/checks.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace jujubackup::restore {

void Checks::ok(std::string name, std::string explanation) {
  checks_.push_back({std::move(name), CheckState::ok, std::move(explanation), ""});
}

void Checks::warning(std::string name, std::string explanation) {
  checks_.push_back({std::move(name), CheckState::warning, std::move(explanation), ""});
}

void Checks::blocker(std::string name, std::string explanation) {
  checks_.push_back({std::move(name), CheckState::blocker, std::move(explanation), ""});
}

void Checks::blocker_unless_overridden(std::string name, std::string explanation) {
  const bool accepted = std::find(options_.overrides.begin(), options_.overrides.end(), name) != options_.overrides.end();
  std::string option = "--override=" + name;
  if (accepted) explanation += " (accepted with " + option + ")";
  checks_.push_back({std::move(name), accepted ? CheckState::warning : CheckState::blocker, std::move(explanation), std::move(option)});
}

void Checks::blocker_with_option(std::string name, std::string explanation, std::string option) {
  checks_.push_back({std::move(name), CheckState::blocker, std::move(explanation), std::move(option)});
}

std::string counted(std::uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string readable_bytes(std::uint64_t bytes) {
  constexpr std::uint64_t mib = std::uint64_t{1} << 20;
  // A number from a hostile header may be close to the end of the type.
  return bytes < mib ? counted(bytes, "byte", "bytes") : std::to_string(bytes / mib + (bytes % mib != 0 ? 1 : 0)) + " MiB";
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + printable(names[i]);
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

}  // namespace jujubackup::restore
