// What is in Juju's client directory, as a backup and a restore see it: names, modes, and what does not belong into a backup.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <jujubackup/archive.hpp>

namespace jujubackup::client {

// The last entry of a backup of ours, inside of the directory: plain tar leaves it there, where Juju does not look at it.
inline constexpr std::string_view manifest_file = ".juju-client-manifest.json";
inline constexpr std::string_view usual_entry = ".local/share/juju";
inline constexpr std::string_view usual_jar = ".go-cookies";

// In the order of what they tell about a directory.
inline constexpr std::array<std::string_view, 7> yaml_files = {
    "controllers.yaml", "accounts.yaml", "models.yaml", "bootstrap-config.yaml", "credentials.yaml", "clouds.yaml", "public-clouds.yaml"};
// Those with entries for single controllers.
inline constexpr std::array<std::string_view, 4> merged_files = {"controllers.yaml", "accounts.yaml", "models.yaml",
                                                                 "bootstrap-config.yaml"};

bool is_yaml_file(std::string_view name);
// cookies/<controller>.json
bool is_cookie_file(std::string_view path);
// Paths are relative to the directory. "" if it belongs into a backup, else what it is.
std::string_view why_left_out(std::string_view path);
// 0600 and 0700 where Juju has its own, whatever an archive says; elsewhere the mode, as far as the owner can still read it.
std::uint32_t restored_mode(std::string_view path, EntryType type, std::uint32_t mode);
// What an absolute path is called in a backup: relative to the home folder if it lies below that, else to "/", as tar names it.
std::string entry_name(const std::string& path, const std::string& home);
// The name of a file below the directory that is called `entry` in the archive.
std::string entry_below(std::string_view entry, std::string_view path);

}  // namespace jujubackup::client
