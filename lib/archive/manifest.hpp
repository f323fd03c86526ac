// juju-backup/manifest.json, the last entry of our archives: what is inside, with digests, and what was left out.
//
// The digest of a file is a hash list, so that its chunks can be digested by several threads: a file of up to chunk_bytes has the
// XXH3-128 of its content; a larger one the XXH3-128 of the concatenated digests of its chunks of chunk_bytes, 16 bytes each.
//
// It is there for accidents: the manifest lies inside of the file whose every byte the seal and the record's digests cover.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/time.hpp>

#include "crypto/checksum.hpp"

namespace jujubackup {

struct ManifestFile {
  std::string path;  // as Archive::list names it
  std::uint64_t size_bytes = 0;
  std::optional<Checksum128> digest;  // none if the writer left it out
};

struct Manifest {
  static constexpr std::uint32_t default_chunk_bytes = 512 * 1024;
  std::uint32_t chunk_bytes = default_chunk_bytes;
  std::string writer;  // "libjujubackup 0.1.0"
  Timestamp finished;
  // Every regular file but manifest.json and root.tar themselves, in the order of the archive; those inside of root.tar after it.
  std::vector<ManifestFile> files;
  std::vector<std::string> warnings;
  // What the writer knows besides, for whoever knows the names; none in controller archives.
  std::vector<std::pair<std::string, std::string>> facts;
};

std::string write_manifest(const Manifest& manifest);
// Error(corrupt), Error(limit), Error(unsupported) for another format number.
Manifest parse_manifest(std::string_view json);

// Computes the digest of one file from pieces of any size. Meant to be kept from one file to the next.
class HashList {
 public:
  explicit HashList(std::uint32_t chunk_bytes = Manifest::default_chunk_bytes);
  void update(std::span<const std::byte> bytes);
  // A whole chunk's digest, computed elsewhere; not to be mixed with update for one file.
  void add_chunk(const Checksum128& digest);
  Checksum128 finish();  // starts anew afterwards
  void reset();          // forgets a file that was not read to its end

 private:
  void end_chunk();

  std::uint32_t chunk_bytes_;
  std::uint32_t in_chunk_ = 0;
  std::uint64_t chunks_ = 0;
  Checksum128 first_{};
  Checksummer128 chunk_, list_;
};

}  // namespace jujubackup
