#include "machine/host_facts.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include <jujubackup/error.hpp>

#include "io/walk.hpp"
#include "machine/place.hpp"

namespace jujubackup::machine {
namespace {

struct UbuntuRelease {
  std::string_view version, series;
};
constexpr UbuntuRelease ubuntu_releases[] = {
    {"12.04", "precise"}, {"14.04", "trusty"}, {"16.04", "xenial"}, {"18.04", "bionic"},
    {"20.04", "focal"},   {"22.04", "jammy"},  {"24.04", "noble"},
};

std::optional<std::string> text_at(const std::string& path) {
  try {
    return read_small_file(path, std::size_t{64} << 10);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    throw;
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// KEY=value, KEY="value" or KEY='value', as os-release(5) has it; the escapes of shell are not needed for names and numbers.
std::string assigned(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!line.starts_with(key) || line.size() == key.size() || line[key.size()] != '=') continue;
    std::string_view value = line.substr(key.size() + 1);
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
    if (quoted) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return "";
}

}  // namespace

std::string hostname_at(const std::string& root) {
  if (root == "/") {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) throw Error::from_errno(errno, "asking for the host name");
    return name.data();
  }
  const std::optional<std::string> text = text_at(under(root, "/etc/hostname"));
  if (!text) return "";
  const std::string_view line = trimmed(*text);
  return std::string(line.substr(0, line.find('\n')));
}

Release release_at(const std::string& root) {
  std::optional<std::string> text = text_at(under(root, "/etc/os-release"));
  if (!text) text = text_at(under(root, "/usr/lib/os-release"));
  if (!text) return {};
  Release release;
  const std::string id = assigned(*text, "ID");
  const std::string version = assigned(*text, "VERSION_ID");
  if (!id.empty() && !version.empty()) release.base = id + "@" + version;
  release.series = assigned(*text, "VERSION_CODENAME");
  // 14.04 and the first 16.04 name no code name of their own.
  if (release.series.empty()) release.series = series_of_base(release.base);
  return release;
}

std::string series_of_base(const std::string& base) {
  constexpr std::string_view prefix = "ubuntu@";
  if (!base.starts_with(prefix)) return "";
  const std::string_view version = std::string_view(base).substr(prefix.size());
  for (const UbuntuRelease& release : ubuntu_releases) {
    if (release.version == version) return std::string(release.series);
  }
  return "";
}

std::string base_of_series(const std::string& series) {
  for (const UbuntuRelease& release : ubuntu_releases) {
    if (release.series == series) return "ubuntu@" + std::string(release.version);
  }
  return "";
}

}  // namespace jujubackup::machine
