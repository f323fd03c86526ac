// What the manifest says is inside, against what was seen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/findings.hpp"
#include "archive/manifest.hpp"

namespace jujubackup {

class ManifestCheck {
 public:
  // One regular file as it was read, under the name that the manifest uses; `digest` as HashList makes it, none if it was not read.
  void file(std::string_view path, std::uint64_t size_bytes, const std::optional<Checksum128>& digest);
  void manifest(Manifest manifest) { manifest_ = std::move(manifest); }
  // root.tar could not be read to its end: what it should hold is unknown, not missing.
  void root_tar_stopped() { root_tar_stopped_ = true; }

  // Compares. Returns true if every file was compared with a digest and nothing differs.
  bool finish(Findings& findings);

 private:
  struct Seen {
    std::uint64_t name_hash = 0;
    std::uint64_t size_bytes = 0;
    Checksum128 digest{};
    std::uint32_t name_offset = 0, name_bytes = 0;  // in names_, for messages; no bytes if that was full
    bool has_digest = false;
    bool listed = false;
  };
  Seen* find(std::string_view path);
  std::string name_of(const Seen& seen) const;

  std::vector<Seen> seen_;
  std::string names_;
  std::optional<Manifest> manifest_;
  bool root_tar_stopped_ = false;
};

}  // namespace jujubackup
