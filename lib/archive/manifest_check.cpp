#include "archive/manifest_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "archive/layout.hpp"
#include "archive/name_set.hpp"

namespace jujubackup {

namespace {
constexpr std::size_t max_names_bytes = std::size_t{16} << 20;
constexpr std::string_view root_prefix = "juju-backup/root.tar/";
}  // namespace

void ManifestCheck::file(std::string_view path, std::uint64_t size_bytes, const std::optional<Checksum128>& digest) {
  Seen seen;
  seen.name_hash = name_hash(path);
  seen.size_bytes = size_bytes;
  seen.has_digest = digest.has_value();
  if (digest) seen.digest = *digest;
  if (names_.size() + path.size() <= max_names_bytes) {
    seen.name_offset = static_cast<std::uint32_t>(names_.size());
    seen.name_bytes = static_cast<std::uint32_t>(path.size());
    names_ += path;
  }
  seen_.push_back(seen);
}

ManifestCheck::Seen* ManifestCheck::find(std::string_view path) {
  const std::uint64_t hash = name_hash(path);
  const auto found =
      std::lower_bound(seen_.begin(), seen_.end(), hash, [](const Seen& seen, std::uint64_t wanted) { return seen.name_hash < wanted; });
  return found != seen_.end() && found->name_hash == hash ? &*found : nullptr;
}

std::string ManifestCheck::name_of(const Seen& seen) const { return names_.substr(seen.name_offset, seen.name_bytes); }

bool ManifestCheck::finish(Findings& findings) {
  if (!manifest_) return false;
  std::stable_sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) { return a.name_hash < b.name_hash; });
  bool same = true;
  std::uint64_t unchecked = 0;
  const auto differs = [&](const std::string& path, const std::string& message) {
    same = false;
    findings.add("manifest-mismatch", path, message);
  };
  for (const ManifestFile& listed : manifest_->files) {
    Seen* seen = find(listed.path);
    if (seen == nullptr && root_tar_stopped_ && listed.path.starts_with(root_prefix)) {
      same = false;
      continue;
    }
    if (seen == nullptr) {
      differs(listed.path, "the manifest lists it, but it is not in the archive");
      continue;
    }
    if (seen->listed) {
      differs(listed.path, "the manifest lists it twice");
      continue;
    }
    seen->listed = true;
    if (seen->size_bytes != listed.size_bytes) {
      differs(listed.path, fmt::format("it has {} bytes, the manifest says {}", seen->size_bytes, listed.size_bytes));
      continue;
    }
    // Hash lists of other chunks than ours can be compared only where a file is a single chunk in both.
    const bool comparable = manifest_->chunk_bytes == Manifest::default_chunk_bytes ||
                            listed.size_bytes <= std::min(manifest_->chunk_bytes, Manifest::default_chunk_bytes);
    if (!listed.digest || !comparable) {
      ++unchecked;
      continue;
    }
    if (!seen->has_digest) {
      same = false;
      continue;
    }
    if (seen->digest != *listed.digest) differs(listed.path, "its content is not what the manifest says (XXH3-128)");
  }
  for (const Seen& seen : seen_) {
    if (!seen.listed) differs(name_of(seen), "it is in the archive, but the manifest does not list it");
  }
  if (unchecked != 0) {
    findings.add("manifest-unchecked", layout::manifest,
                 fmt::format("{} without a digest that could be compared", unchecked == 1 ? "1 file" : fmt::format("{} files", unchecked)));
  }
  for (const std::string& warning : manifest_->warnings) findings.add("manifest-warnings", "", "when the backup was made: " + warning);
  return same && unchecked == 0;
}

}  // namespace jujubackup
