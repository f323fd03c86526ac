#include "restore/dangers.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "restore/owned_paths.hpp"

namespace jujubackup::restore {
namespace {

constexpr std::size_t max_dangers = 100;
constexpr std::uint32_t set_id_bits = 06000;

// Findings of a verification that speak of an attack rather than of an accident.
constexpr std::array<std::string_view, 6> hostile_findings{"entry-duplicate", "entry-unsupported", "gzip-bomb",
                                                           "link-broken",     "link-outside",      "name-unsafe"};

// The target of a link at `path`, as a path below /; "" if it climbs above it.
std::string resolved(std::string_view path, std::string_view link_target) {
  std::vector<std::string_view> parts;
  const auto take = [&](std::string_view text) {
    while (!text.empty()) {
      const std::size_t slash = text.find('/');
      const std::string_view part = text.substr(0, slash);
      text = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(part);
      } else if (parts.empty()) {
        return false;
      } else {
        parts.pop_back();
      }
    }
    return true;
  };
  const std::size_t last_slash = path.rfind('/');
  if (!link_target.starts_with('/') && last_slash != std::string_view::npos && !take(path.substr(0, last_slash))) return "";
  if (!take(link_target)) return "";
  std::string text;
  for (const std::string_view part : parts) text.append(text.empty() ? "" : "/").append(part);
  return text;
}

// Juju links the tools of its agents, and nothing else.
bool leads_to_juju(const Entry& entry, const std::string& data_dir) {
  const std::string place = resolved(entry.path, entry.link_target);
  return !owned_unit(place, data_dir).empty();
}

}  // namespace

std::vector<std::string> find_dangers(const BackupFacts& facts) {
  std::vector<std::string> dangers;
  const auto add = [&](std::string text) {
    if (dangers.size() < max_dangers) dangers.push_back(std::move(text));
  };
  for (const Finding& finding : facts.verification.findings) {
    if (std::find(hostile_findings.begin(), hostile_findings.end(), finding.code) == hostile_findings.end()) continue;
    add(finding.code + ": " + (finding.where.empty() ? "" : finding.where + ": ") + finding.message);
  }
  for (const Entry& entry : facts.root_entries) {
    const std::string name = "root.tar: " + quoted_name(entry.path);
    if (entry.type == EntryType::symlink && !leads_to_juju(entry, facts.data_dir)) {
      add(name + " is a link to " + quoted_name(entry.link_target) + ", which is not Juju's");
    }
    if (entry.type == EntryType::file && (entry.mode & set_id_bits) != 0)
      add(name + " would run with its owner's rights (setuid or setgid)");
  }
  return dangers;
}

}  // namespace jujubackup::restore
