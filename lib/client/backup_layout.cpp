#include "client/backup_layout.hpp"

#include <algorithm>
#include <filesystem>

namespace jujubackup::client {
namespace {

constexpr std::array<std::string_view, 4> secret_directories = {"cookies", "ssh", "lxd", "x509"};

std::string_view first_part(std::string_view path) { return path.substr(0, path.find('/')); }
std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

bool is_yaml_file(std::string_view name) { return std::find(yaml_files.begin(), yaml_files.end(), name) != yaml_files.end(); }

bool is_cookie_file(std::string_view path) {
  constexpr std::string_view place = "cookies/";
  return path.starts_with(place) && path.ends_with(".json") && path.find('/', place.size()) == std::string_view::npos;
}

std::string_view why_left_out(std::string_view path) {
  if (first_part(path) == "charmcache") return "a cache";
  if (last_part(path).ends_with(".lock")) return "a lock file";
  if (last_part(path) == manifest_file) return "the list of an older backup";
  return {};
}

std::uint32_t restored_mode(std::string_view path, EntryType type, std::uint32_t mode) {
  const std::string_view top = first_part(path);
  const bool secret = std::find(secret_directories.begin(), secret_directories.end(), top) != secret_directories.end();
  if (type == EntryType::directory) return secret ? 0700 : (mode & 0777U) | 0700U;
  if (secret || is_yaml_file(path) || path == "store-usso-token") return 0600;
  return (mode & 0777U) | 0400U;
}

std::string entry_name(const std::string& path, const std::string& home) {
  const auto tidy = [](const std::string& text) {
    std::string tidied = std::filesystem::path(text).lexically_normal().string();
    while (tidied.ends_with('/')) tidied.pop_back();
    return tidied;
  };
  const std::string whole = tidy(path);
  const std::string folder = tidy(home) + "/";
  if (folder.size() > 1 && whole.size() > folder.size() && whole.starts_with(folder)) return whole.substr(folder.size());
  return whole.substr(std::min(whole.find_first_not_of('/'), whole.size()));
}

std::string entry_below(std::string_view entry, std::string_view path) {
  if (entry.empty() || path.empty()) return std::string(entry).append(path);
  return std::string(entry).append("/").append(path);
}

}  // namespace jujubackup::client
