// juju-backup/manifest.json, the last entry of our archives: what is inside, with digests, and what was left out.
//
// The digest of a file is a hash list, so that its chunks can be digested by several threads: a file of up to chunk_bytes has the
// SHA-256 of its content; a larger one the SHA-256 of the concatenated SHA-256 digests of its chunks of chunk_bytes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/time.hpp>

#include "crypto/digest.hpp"

namespace jujubackup {

struct ManifestFile {
  std::string path;  // as Archive::list names it
  std::uint64_t size_bytes = 0;
  std::string digest;  // 64 hex digits; "" if the writer left it out
};

struct Manifest {
  static constexpr std::uint32_t default_chunk_bytes = 512 * 1024;
  std::uint32_t chunk_bytes = default_chunk_bytes;
  std::string writer;  // "libjujubackup 0.1.0"
  Timestamp finished;
  // Every regular file but manifest.json and root.tar themselves, in the order of the archive; those inside of root.tar after it.
  std::vector<ManifestFile> files;
  std::vector<std::string> warnings;
};

std::string write_manifest(const Manifest& manifest);
// Error(corrupt), Error(limit), Error(unsupported) for another format number.
Manifest parse_manifest(std::string_view json);

// Computes the digest of one file from pieces of any size.
class HashList {
 public:
  explicit HashList(std::uint32_t chunk_bytes = Manifest::default_chunk_bytes);
  void update(std::span<const std::byte> bytes);
  // A whole chunk's digest, computed elsewhere; not to be mixed with update for one file.
  void add_chunk(std::span<const std::byte> digest);
  std::string finish_hex();  // starts anew afterwards

 private:
  void end_chunk();

  std::uint32_t chunk_bytes_;
  std::uint32_t in_chunk_ = 0;
  std::uint64_t chunks_ = 0;
  std::array<std::byte, 32> first_{};
  Digest chunk_, list_;
};

}  // namespace jujubackup
