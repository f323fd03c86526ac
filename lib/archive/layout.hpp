// The names inside of a backup archive (juju state/backups/archive.go) and the limits of what we are ready to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jujubackup::layout {

inline constexpr std::string_view top = "juju-backup";
inline constexpr std::string_view metadata = "juju-backup/metadata.json";
inline constexpr std::string_view root_tar = "juju-backup/root.tar";
inline constexpr std::string_view dump = "juju-backup/dump";
inline constexpr std::string_view oplog = "juju-backup/dump/oplog.bson";
// Ours; other readers ignore it.
inline constexpr std::string_view manifest = "juju-backup/manifest.json";
// Where root.tar is unpacked to.
inline constexpr std::string_view unpacked_root = "juju-backup/root";

// Where an entry is unpacked to: juju-backup/root.tar/var/x lands in juju-backup/root/var/x.
inline std::string unpacked_place(std::string_view path) {
  if (!path.starts_with(root_tar) || path.size() <= root_tar.size() + 1 || path[root_tar.size()] != '/') return std::string(path);
  return std::string(unpacked_root).append(path.substr(root_tar.size()));
}

inline constexpr std::size_t max_metadata_bytes = std::size_t{1} << 20;
inline constexpr std::size_t max_manifest_bytes = std::size_t{64} << 20;
inline constexpr std::uint64_t max_entries = 1'000'000;

}  // namespace jujubackup::layout
