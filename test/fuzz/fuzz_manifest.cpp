// What the manifest reader accepts it must write and read again as the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include <jujubackup/error.hpp>

#include "archive/manifest.hpp"

namespace {

void require(bool good) {
  if (!good) std::abort();
}

bool same(const jujubackup::Manifest& a, const jujubackup::Manifest& b) {
  if (a.chunk_bytes != b.chunk_bytes || a.writer != b.writer || a.finished != b.finished || a.warnings != b.warnings) return false;
  if (a.files.size() != b.files.size()) return false;
  for (std::size_t i = 0; i < a.files.size(); ++i) {
    const auto& x = a.files[i];
    const auto& y = b.files[i];
    if (x.path != y.path || x.size_bytes != y.size_bytes || x.digest != y.digest) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jujubackup::Manifest manifest;
  try {
    manifest = jujubackup::parse_manifest({reinterpret_cast<const char*>(data), size});
  } catch (const jujubackup::Error&) {
    return 0;
  }
  // Writing makes broken UTF-8 into U+FFFD; from then on nothing may change any more.
  const std::string once = jujubackup::write_manifest(manifest);
  const jujubackup::Manifest read_again = jujubackup::parse_manifest(once);
  require(read_again.files.size() == manifest.files.size());
  const std::string twice = jujubackup::write_manifest(read_again);
  require(twice == once);
  require(same(jujubackup::parse_manifest(twice), read_again));

  // A digest does not depend on how the content arrives.
  if (manifest.chunk_bytes == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  jujubackup::HashList whole(manifest.chunk_bytes);
  jujubackup::HashList pieces(manifest.chunk_bytes);
  whole.update(bytes);
  for (std::size_t at = 0; at < bytes.size(); at += 7) pieces.update(bytes.subspan(at, std::min<std::size_t>(7, bytes.size() - at)));
  require(whole.finish() == pieces.finish());
  return 0;
}
